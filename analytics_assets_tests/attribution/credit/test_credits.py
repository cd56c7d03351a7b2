"""Credits: to the cent, nothing unaccounted for, and the same whatever order things came in."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_assets.attribution.models import attribute
from analytics_assets.defs.pictures import picture
from analytics_assets.errors import ConfigurationError
from analytics_assets.settings import MODEL_NAMES
from analytics_assets_tests.attribution.credit.worlds import (
    Cost,
    Row,
    Sale,
    Touch,
    World,
    at,
    computed_tables,
    random_worlds,
)

_CREDITS = "SELECT * FROM computed_credits ORDER BY ALL"


@given(random_worlds)
@settings(max_examples=20, deadline=None)
def test_every_invariant_holds_in_any_world(world: World) -> None:
    """Weights that do not sum to 1, a lost cent, a conversion or a cost that is left out."""
    assert world.problems() == []


@given(random_worlds, st.randoms(use_true_random=False))
@settings(max_examples=5, deadline=None)
def test_the_order_of_rows_changes_nothing(world: World, chance: Any) -> None:
    """The same day would be published again each night, with other numbers."""
    with world.computed() as connection:
        before = {
            name: connection.execute(f"SELECT * FROM computed_{name} ORDER BY ALL").fetchall()
            for name in ("paths", "model_fits", "credits", "channel_performance")
        }
        for name in ("touchpoints", "conversions", "spend"):
            seed = chance.random()
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE computed_{name} AS SELECT * FROM computed_{name} "
                f"ORDER BY hash(computed_{name}::VARCHAR || '{seed}')"
            )
        world.compute_on(connection)
        for name, rows in before.items():
            again = connection.execute(f"SELECT * FROM computed_{name} ORDER BY ALL").fetchall()
            assert again == rows


def test_every_model_stands_side_by_side() -> None:
    """A model that nobody computes would be missing from every comparison."""
    world = World(
        [Touch("Email", -2), Touch("Display")], [Sale()], (), {"weights": {"j": [1, 1, 3]}}
    )
    models = {row["model"] for row in world.rows("SELECT DISTINCT model FROM computed_credits")}
    assert models == {*MODEL_NAMES, "j"}
    assert world.weights("j") == pytest.approx({"Email": 0.25, "Display": 0.75})


def test_a_cent_that_cannot_be_split_goes_to_the_earlier_touch() -> None:
    """Thirds of 1.00 would sum to 0.99."""
    world = World([Touch("Email", -3), Touch("Display", -2), Touch("Referral")], [Sale(100)])
    rows = world.rows(
        "SELECT revenue_minor FROM computed_credits WHERE model = 'linear' ORDER BY touch_id"
    )
    assert [row["revenue_minor"] for row in rows] == [34, 33, 33]


@pytest.mark.parametrize("refunded", [0, 1, 333, 999, 1000])
def test_a_refund_takes_back_by_the_weights_of_its_order(refunded: int) -> None:
    """A refund under its own path would be taken from channels that never earned it."""
    world = World(
        [Touch("Email", -3), Touch("Display", -2), Touch("Direct")], [Sale(1000, refunded=refunded)]
    )
    rows = world.rows("SELECT * FROM computed_credits")
    assert all(0 <= row["net_minor"] <= row["revenue_minor"] for row in rows)
    assert world.problems() == []
    if refunded == 1000:
        assert {row["net_minor"] for row in rows} == {0}


def test_money_is_in_its_own_currency_and_in_the_base() -> None:
    """Dollars would be added to euros."""
    world = World(
        [Touch("Email", -3), Touch("Display")],
        [Sale(1001, currency="USD", rate="0.9", refunded=500)],
    )
    rows = world.rows("SELECT * FROM computed_credits WHERE model = 'linear' ORDER BY touch_id")
    assert [row["revenue_minor"] for row in rows] == [501, 500]
    assert [row["net_minor"] for row in rows] == [251, 250]
    assert [row["base_revenue_minor"] for row in rows] == [451, 450]
    assert [row["base_net_minor"] for row in rows] == [226, 225]


def test_a_lead_without_a_value_is_credited_without_money() -> None:
    """A null would spoil every sum."""
    world = World([Touch()], [Sale(0, type="lead")])
    [row] = world.rows("SELECT * FROM computed_credits WHERE model = 'linear'")
    assert (row["weight"], row["revenue_minor"], row["channel"]) == (1.0, 0, "Email")


@pytest.mark.parametrize(
    ("direct", "channel"),
    [("keep", "Direct"), ("exclude", "(unattributed)"), ("rejoin", "Direct")],
)
def test_a_path_of_direct_visits_only_is_credited_as_configured(direct: str, channel: str) -> None:
    """A model that skips Direct would find no touch to give to, and lose the sale."""
    world = World([Touch("Direct", -2), Touch("Direct")], [Sale(999)], (), {"direct": direct})
    assert world.problems() == []
    found = world.rows(
        "SELECT DISTINCT channel FROM computed_credits UNION "
        "SELECT DISTINCT channel FROM computed_channel_performance"
    )
    assert found == [{"channel": channel}]


def test_one_touch_gets_all_under_every_model() -> None:
    """Shapes that divide by the touches between would divide by nothing."""
    world = World([Touch()], [Sale(999)])
    found = world.rows("SELECT model, channel, weight, revenue_minor FROM computed_credits")
    assert {tuple(row.values())[1:] for row in found} == {("Email", 1.0, 999)}
    assert {row["model"] for row in found} == set(MODEL_NAMES)


def test_without_spend_there_is_no_cost_by_conversion_and_no_return() -> None:
    """A division by nothing would stand as infinity, or as nought."""
    world = World([Touch()], [Sale(999)])
    assert world.problems() == []
    found = world.rows(
        "SELECT DISTINCT cpa_minor, roas, spend_minor FROM computed_channel_performance"
    )
    assert found == [{"cpa_minor": None, "roas": None, "spend_minor": 0}]


def test_the_fits_are_what_attribute_returns() -> None:
    """The table would tell of another model than the library."""
    touches = [
        *(Touch("Email", -2 - n, f"p{n}") for n in range(3)),
        *(Touch("Display", -1, f"p{n}") for n in range(2)),
        Touch("Display", -1, "q"),
        Touch("Display", -1, "r"),
    ]
    world = World(touches, [Sale(700, person=f"p{n}") for n in range(3)])
    paths = pa.table(
        {
            "path": [["Email", "Display"], ["Email"], ["Display"]],
            "conversions": [2, 1, 0],
            "revenue": [1400.0, 700.0, 0.0],
            "nulls": [0, 0, 2],
        }
    )
    for model, options, column in (
        ("markov", {"order": 1}, "removal_effect"),
        ("shapley", {"game": "sum"}, "conversions"),
    ):
        expected: list[Row] = attribute(paths, model, **options).to_pylist()
        found = world.rows(
            "SELECT channel, effect, conversions, revenue FROM computed_model_fits "
            f"WHERE model = '{model}' ORDER BY channel"
        )
        assert found == [
            {
                "channel": row["channel"],
                "effect": row[column],
                "conversions": row["conversions"],
                "revenue": row["revenue"],
            }
            for row in expected
        ]


def test_months_and_types_are_fitted_apart() -> None:
    """May's paths would change June's credits, and leads would teach what sells."""
    world = World([Touch("Email", -1), Touch("Display", -1, "q")], [Sale(), Sale(person="q")])
    sold = world.rows("SELECT * FROM computed_model_fits ORDER BY ALL")
    led = replace(world, sales=[*world.sales, Sale(type="lead", person="q")])
    assert [
        r
        for r in led.rows("SELECT * FROM computed_model_fits ORDER BY ALL")
        if r["conversion_type"] == "purchase"
    ] == sold
    assert {row["day"] for row in sold} == {at(-9).date()}


@pytest.mark.parametrize("model", ["markov", "shapley"])
def test_data_driven_credit_adds_up_to_the_model_that_it_is_named_after(model: str) -> None:
    """Effects as weights would count a channel's volume twice: `credits` would be another model."""
    paths = ["EG", "GF", "FEG", "DG", "EE", "FA", "AGE", "D", "GG", "EF", "DFE", "A"]
    touches = [
        Touch(channel, -2 + place / 10, f"p{n}")
        for n, path in enumerate(paths)
        for place, channel in enumerate(path)
    ]
    sales = [Sale(1000 + 70 * n, person=f"p{n}") for n in range(len(paths)) if n not in {3, 5, 7}]
    world = World(touches, sales)
    assert world.problems() == []
    fitted = world.rows(
        f"SELECT * FROM computed_model_fits WHERE model = '{model}' ORDER BY channel"
    )
    credited = world.rows(
        "SELECT channel, sum(weight) AS conversions, sum(base_revenue_minor)::DOUBLE AS revenue "
        f"FROM computed_credits WHERE model = '{model}' GROUP BY channel ORDER BY channel"
    )
    for found, expected in zip(credited, fitted, strict=True):
        assert found["channel"] == expected["channel"]
        assert found["conversions"] == pytest.approx(expected["conversions"], abs=1e-9)
        assert found["revenue"] == pytest.approx(expected["revenue"], abs=5)


def test_what_no_path_can_carry_is_a_line_of_its_own_that_sums_to_nothing() -> None:
    """The whole sale of a path with one channel stays there: hidden, totals would not add up."""
    touches = [
        Touch("Affiliates"),
        *(Touch(c, -2 + n / 10, "q") for n, c in enumerate("ab")),
        *(Touch(c, -2 + n / 10, "r") for n, c in enumerate(("a", "Affiliates"))),
        Touch("a", -1, "s"),
    ]
    sales = [Sale(8701), Sale(1000, person="q", refunded=300)]
    world = World(touches, sales)
    assert world.problems() == []
    lines = world.rows("SELECT * FROM computed_credits WHERE conversion_id IS NULL")
    assert {line["channel"] for line in lines} == {"Affiliates", "a", "b"}
    assert {line["model"] for line in lines} == {"markov"}
    for name in ("weight", "base_revenue_minor", "base_net_minor"):
        assert sum(line[name] for line in lines) == pytest.approx(0, abs=1e-12)
        assert any(line[name] for line in lines)


def test_an_option_that_no_model_has_is_one_line_that_names_the_file() -> None:
    """A traceback from inside the models would not say which setting is wrong."""
    world = World([Touch()], [Sale()], (), {"transforms": ["sideways"]})
    with pytest.raises(ConfigurationError, match=r"\[attribution\] of analytics.toml: There is no"):
        world.rows("FROM computed_credits")


def test_the_half_life_of_time_decay_is_a_setting() -> None:
    """Shops whose customers think for months would see last touch under another name."""
    touches = [Touch("Email", -10), Touch("Display", -1)]
    for days, older in ((7, 1 / (1 + 2 ** (9 / 7))), (90, 1 / (1 + 2 ** (9 / 90)))):
        world = World(touches, [Sale()], (), {"half_life_days": days})
        assert world.weights("time_decay")["Email"] == pytest.approx(older)


def test_a_path_of_ten_thousand_touches_is_one_conversion() -> None:
    """A bot's path would cost the night's run or lose cents."""
    touches = [Touch("Email" if n % 2 else "Display", -1 - n / 150) for n in range(10_000)]
    world = World(touches, [Sale(123_457)], options={"same_visit_minutes": 0})
    assert world.problems() == []
    found = world.rows(
        "SELECT sum(revenue_minor) AS total, count(*) AS touches FROM computed_credits "
        "WHERE model = 'linear'"
    )
    assert found == [{"total": Decimal(123_457), "touches": 10_000}]


def test_five_hundred_channels_are_credited() -> None:
    """Rate Shapley of 500 channels cannot be enumerated: it is sampled, and still deterministic."""
    touches = [Touch(f"Channel {n}", -1 - n / 1000, f"p{n // 3}") for n in range(500)]
    world = World(touches, [Sale(person=f"p{n}") for n in range(0, 160, 2)])
    assert world.problems() == []
    assert world.rows(_CREDITS) == world.rows(_CREDITS)


def test_performance_keeps_spend_without_conversions_and_the_reverse() -> None:
    """A channel that costs and brings nothing would be the one that vanishes."""
    world = World(
        [Touch("Email", campaign="a"), Touch("Display", -1, "q", campaign="x")],
        [
            Sale(900),
            Sale(500, person="q", refunded=200),
            Sale(100, person=None),
            Sale(0, 0, "q", "lead"),
        ],
        [Cost(300, "Email", "a"), Cost(50, "Email", "b"), Cost(20, "Email", "a", days=-1)],
    )
    rows = world.rows(
        "SELECT day, channel, campaign, conversions, other_conversions, revenue_minor, "
        "refunds_minor, spend_minor, cpa_minor, roas FROM computed_channel_performance "
        "WHERE model = 'linear' ORDER BY day, channel, campaign"
    )
    today, before = at(0).date(), at(-1).date()
    assert [tuple(row.values()) for row in rows] == [
        (before, "Email", "a", 0.0, 0.0, 0, 0, 20, None, 0.0),
        (today, "(unattributed)", None, 1.0, 0.0, 100, 0, 0, None, None),
        (today, "Display", "x", 1.0, 1.0, 500, 200, 0, None, None),
        (today, "Email", "a", 1.0, 0.0, 900, 0, 300, 300.0, 3.0),
        (today, "Email", "b", 0.0, 0.0, 0, 0, 50, None, 0.0),
    ]


def test_costs_are_by_conversion_by_order_and_by_new_customer_and_never_by_renewal() -> None:
    """Renewals that no ad brought would make every channel look cheap."""
    kinds = ("first order", "repeat", "renewal", "renewal")
    sales = [Sale(person=f"p{n}", kind=kind) for n, kind in enumerate(kinds)]
    touches = [Touch("Display", person=f"p{n}") for n in range(len(kinds))]
    world = World(touches, sales, [Cost(1200, "Display")])
    assert world.problems() == []
    (row,) = world.rows("SELECT * FROM computed_channel_performance WHERE model = 'linear'")
    assert (row["conversions"], row["orders"], row["new_customers"], row["renewals"]) == (
        4,
        2,
        1,
        2,
    )
    assert (row["cpa_minor"], row["cost_per_order_minor"]) == (600, 600)
    assert row["cost_per_new_customer_minor"] == 1200


def test_no_conversions_leave_the_spend_standing() -> None:
    """Before the first sale there is nothing but cost."""
    world = World([Touch()], (), [Cost(300)])
    assert world.rows(_CREDITS) == []
    assert world.problems() == []
    assert {row["spend_minor"] for row in world.rows("FROM computed_channel_performance")} == {300}


def test_the_picture_of_channels_shows_each_ones_share() -> None:
    """A picture of all models added up would show every sale several times."""
    world = World([Touch("Email"), Touch("Display", -1, "q")], [Sale(300), Sale(100, person="q")])
    with world.computed() as connection:
        drawn = "".join(map(picture, computed_tables(connection)))
    shown = b64decode(drawn.partition("base64,")[2].partition(")")[0]).decode()
    assert shown.index(">Email<") < shown.index(">75%<") < shown.index(">Display<")
    assert ">25%<" in shown
