"""Paths: which touches lead to a conversion, in which order, and who did not convert."""

from __future__ import annotations

from typing import Any

import pytest

from analytics_assets_tests.attribution.credit.worlds import Sale, Touch, World

_SECOND = 1 / 86_400


def _paths(world: World) -> dict[str, list[str]]:
    rows = world.rows("SELECT path_id, touches FROM computed_paths ORDER BY path_id")
    return {row["path_id"]: row["touches"] for row in rows}


def test_an_empty_world_has_no_paths() -> None:
    """The first day of a shop must not fail."""
    assert _paths(World()) == {}


def test_touches_stand_in_order_whatever_order_they_came_in() -> None:
    """First touch would be whichever vendor was loaded first."""
    world = World([Touch("Email", -1), Touch("Display", -3), Touch("Direct", -2)], [Sale()])
    assert _paths(world)["c0"] == ["t1", "t2", "t0"]


def test_touches_of_one_instant_have_an_order() -> None:
    """Equal timestamps would be first and last by chance, and a day would change every night."""
    touches = [
        Touch("Email", -1, vendor="wemasy"),
        Touch("Display", -1, vendor="segmetrics"),
        Touch("Direct", -1, vendor="segmetrics"),
    ]
    assert _paths(World(touches, [Sale()]))["c0"] == ["t1", "t2", "t0"]


def test_a_touch_after_the_conversion_is_not_on_its_path() -> None:
    """A click on the receipt would be paid for the sale; one at the instant of the sale counts."""
    world = World([Touch("Email", 0), Touch("Display", _SECOND)], [Sale()])
    assert _paths(world)["c0"] == ["t0"]


@pytest.mark.parametrize(("kind", "days"), [("purchase", 90), ("lead", 30), ("call", 90)])
def test_every_type_has_its_window_to_the_second(kind: str, days: int) -> None:
    """Counting calendar days would let a touch of 90 days and 23 hours in."""
    world = World([Touch("Email", -days), Touch("Display", -days + _SECOND)], [Sale(type=kind)])
    assert _paths(world)["c0"] == ["t1"]


@pytest.mark.parametrize(
    ("cut", "touches"),
    [("never", ["t0", "t1", "t2"]), ("same type", ["t1", "t2"]), ("any", ["t2"])],
)
def test_a_path_can_begin_after_the_previous_conversion(cut: str, touches: list[str]) -> None:
    """A renewal would be credited to the ad that won the first order, or must be: as is chosen."""
    world = World(
        [Touch("Email", -9), Touch("Display", -5), Touch("Direct", -1)],
        [Sale(), Sale(days=-7), Sale(days=-3, type="lead")],
        options={"cut_at_previous": cut},
    )
    assert _paths(world)["c0"] == touches


def test_two_conversions_of_one_instant_share_their_path() -> None:
    """One of them would be cut to nothing by the other."""
    world = World([Touch()], [Sale(), Sale()], options={"cut_at_previous": "any"})
    assert (_paths(world)["c0"], _paths(world)["c1"]) == (["t0"], ["t0"])


def test_a_visit_that_two_vendors_saw_is_one_touch() -> None:
    """Linear would count every visit as often as there are vendors."""
    minute = 1 / 1440
    touches = [
        Touch("Email", -1, vendor="wemasy"),
        Touch("Email", -1 + minute, vendor="session_story"),
        Touch("Display", -1 + 2 * minute),
        Touch("Email", -1 + 40 * minute),
        Touch("Email", -1 + minute, campaign="other"),
    ]
    assert _paths(World(touches, [Sale()]))["c0"] == ["t0", "t4", "t2", "t3"]


def test_an_anonymous_conversion_has_the_visit_of_its_own_record() -> None:
    """SealMetrics knows no persons: all its sales would be unattributed."""
    world = World([Touch()], [Sale(person=None, seen_as="Email"), Sale(person=None)])
    assert _paths(world) == {
        "c0": ["conversion:c0"],
        "c1": [],
        "open:lead:t0": ["t0"],
        "open:purchase:t0": ["t0"],
    }


def test_the_converting_visit_belongs_to_the_path_unless_a_tracked_one_is_just_before_it() -> None:
    """Last touch would be a newsletter of weeks ago where the tracker missed today's visit."""
    hour = 1 / 24
    touches = [Touch(), *(Touch("Email", -20, p) for p in ("q", "r")), Touch("Email", -hour, "r")]
    sales = [Sale(person=person, seen_as="Display") for person in ("p", "q", "r", "s")]
    paths = _paths(World(touches, sales))
    assert paths["c0"] == ["t0", "conversion:c0"]
    assert paths["c1"] == ["t1", "conversion:c1"]
    assert paths["c2"] == ["t2", "t3"]  # the same visit, seen twice
    assert paths["c3"] == ["conversion:c3"]


def test_two_hours_before_the_sale_is_another_visit() -> None:
    """A visit that two vendors saw would count twice, or one of two visits not at all."""
    second = 1 / 86_400
    touches = [Touch("Email", -2 / 24), Touch("Email", -2 / 24 + second, "q")]
    sales = [Sale(person=person, seen_as="Display") for person in ("p", "q")]
    paths = _paths(World(touches, sales))
    assert (paths["c0"], paths["c1"]) == (["t0", "conversion:c0"], ["t1"])


def test_who_did_not_convert_has_a_path_for_each_type() -> None:
    """Without them every channel of a Markov model is as good as any other."""
    world = World([Touch("Email", -5), Touch("Display", -4)], [Sale(days=-4.5, type="lead")])
    assert _paths(world) == {
        "c0": ["t0"],
        "open:lead:t1": ["t1"],  # since the last lead
        "open:purchase:t1": ["t0", "t1"],
    }


def test_a_visit_after_a_long_silence_begins_a_new_path() -> None:
    """How long a path is would depend on how many days a run reads."""
    options = {"default_window_days": 3, "window_days": {}, "fitted_types": ["purchase"]}
    world = World([Touch("Email", -9), Touch("Email", -6), Touch("Display", -4)], (), (), options)
    assert _paths(world) == {"open:purchase:t0": ["t0"], "open:purchase:t2": ["t1", "t2"]}


def test_milestones_are_the_persons_latest_lead_and_opportunity() -> None:
    """The touch that made the lead would get nothing in W-shaped."""
    world = World(
        [Touch("Email", -9), Touch("Display", -8), Touch("SMS", -7), Touch("Referral", -1)],
        [Sale(), Sale(days=-8, type="lead"), Sale(days=-7, type="call")],
        options={"opportunity_type": "call"},
    )
    assert world.weights("w_shaped") == pytest.approx(
        {"Email": 0.3, "Display": 0.3, "SMS": 0.1, "Referral": 0.3}
    )
    assert world.weights("full_path") == pytest.approx(
        {"Email": 0.25, "Display": 0.25, "SMS": 0.25, "Referral": 0.25}
    )


@pytest.mark.parametrize(
    ("direct", "weights"),
    [
        ("keep", {"Email": 0.5, "Direct": 0.5}),
        ("exclude", {"Email": 1.0}),
        ("rejoin", {"Email": 1.0}),
    ],
)
def test_direct_touches_are_kept_or_left_out(direct: str, weights: dict[str, float]) -> None:
    """A typed address is the result of other channels; whether it counts is the user's choice."""
    world = World([Touch("Email", -2), Touch("Direct")], [Sale()], options={"direct": direct})
    assert world.weights("linear") == weights


@pytest.mark.parametrize(
    ("direct", "channel"),
    [("keep", "Direct"), ("exclude", "(unattributed)"), ("rejoin", "Direct")],
)
def test_a_path_of_direct_touches_only_is_accounted_for(direct: str, channel: str) -> None:
    """All-direct sales would vanish from the totals."""
    world = World([Touch("Direct", -2), Touch("Direct")], [Sale()], options={"direct": direct})
    for model in ("first_touch", "last_non_direct", "linear", "markov", "shapley"):
        assert world.weights(model) == {channel: 1.0}
    assert world.problems() == []


@pytest.mark.parametrize(
    ("options", "weights"),
    [
        ({"transforms": ["exposure"]}, {"Email": 2 / 3, "Display": 1 / 3}),
        ({"transforms": ["first"]}, {"Email": 0.5, "Display": 0.5}),
        ({"transforms": [["exclude", "Email"]]}, {"Display": 1.0}),
        ({"lookback_touches": 1}, {"Email": 1.0}),
        ({"weights": {"linear_by_hand": [1, 0, 0]}}, {"Email": 0.75, "Display": 0.25}),
    ],
)
def test_paths_are_transformed_as_configured(
    options: dict[str, Any], weights: dict[str, float]
) -> None:
    """A setting that does nothing is worse than none."""
    touches = [Touch("Email", -4), Touch("Email", -3), Touch("Display", -2), Touch("Email", -1)]
    assert World(touches, [Sale()], (), options).weights("linear") == pytest.approx(weights)
