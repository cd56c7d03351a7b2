"""What must not be sent is refused before anything is, with the row shown."""

from __future__ import annotations

from typing import Any

import pytest

from analytics_assets.activation.plan import ChangeLimitError, MappingRefusedError
from analytics_assets.activation.sync import kind_named
from analytics_assets.errors import ConfigurationError, LakeError
from analytics_assets_tests.activation.support import Row, Shop
from analytics_assets_tests.activation.test_sync import PEOPLE, TYPED, ad_day, invoice

HASH = "0123456789abcdef" * 4


def without(row: Row, name: str) -> Row:
    return {field: value for field, value in row.items() if field != name}


GOOD = ad_day(1, "2026-05-06")
REFUSED: dict[str, tuple[str, list[Row], str, str]] = {
    "a missing required field": (
        "invoices",
        [invoice(1), without(invoice(2), "paid")],
        TYPED,
        r"row 2: paid: Field required: .*o-2",
    ),
    "a float amount": (
        "invoices",
        [invoice(1, amount=45.5)],
        TYPED,
        r"row 1: amount: .*valid integer.*o-1",
    ),
    "a float amount of an item": (
        "invoices",
        [invoice(1, items=[{"name": "x", "product_id": "p", "amount": 1.5}])],
        TYPED,
        r"items.0.amount: .*valid integer",
    ),
    "a bad e-mail address": (
        "contacts",
        [PEOPLE[0], {"contact_id": "c-9", "email": "ann@shop", "first_name": "Ann"}],
        "*",
        r"row 2: email: it is no e-mail address: .*c-9",
    ),
    "two addresses in one": ("contacts", [{"email": "a@x.example,b@x.example"}], "*", "email"),
    "a hash in place of an address": ("contacts", [{"email": HASH}], "*", "row 1: email: .*hashed"),
    "a hash in a custom field": (
        "contacts",
        [{"contact_id": "1", "custom_fields": {"crm": f"id {HASH}"}}],
        "*",
        "custom_fields.crm: it is hashed",
    ),
    "an unknown field": ("products", [{"id": "1", "name": "x", "price": 3}], "*", "price: Extra"),
    "the same object twice": (
        "products",
        [{"id": "1", "name": "x"}, {"id": "2", "name": "x"}, {"id": "1", "name": "y"}],
        "*",
        "row 3: it is the same object as row 1: .*y",
    ),
    "a set in a campaign that is the set": (
        "ad_performance",
        [GOOD | {"ad": 1, "adset": {"id": 5, "name": "s", "adcampaign": 5}, "adcampaign": None}],
        "*",
        "row 1: ad objects belong to each other in a circle: 5 in 5",
    ),
    "a circle over several rows": (
        "ad_performance",
        [
            {
                "ad": {"id": 1, "name": "a", "adset": 2, "adcampaign": 3},
                "spend": 1,
                "date": "2026-05-06",
            },
            {
                "ad": {"id": 2, "name": "b", "adset": 1, "adcampaign": 3},
                "spend": 1,
                "date": "2026-05-06",
            },
        ],
        "*",
        "row [12]: ad objects belong to each other in a circle: (1 in 2 in 1|2 in 1 in 2)",
    ),
    "a set of two campaigns": (
        "ad_performance",
        [
            {
                "ad": 1,
                "adset": {"id": 2, "name": "s", "adcampaign": 3},
                "spend": 1,
                "date": "2026-05-06",
            },
            {
                "ad": 1,
                "adset": {"id": 2, "name": "s", "adcampaign": 4},
                "spend": 1,
                "date": "2026-05-07",
            },
        ],
        "*",
        "row 2: adset 2 is of campaign 4, and of 3 before",
    ),
    "an ad of another set than the row": (
        "ad_performance",
        [GOOD | {"ad": {"id": 1, "name": "a", "adcampaign": 7001, "adset": 9}}],
        "*",
        "row 1: ad.adset is 9, and adset of the row is 8001",
    ),
    "identify without an address": (
        "identify",
        [{"uid": "u", "contact_id": "c-1"}],
        "*",
        "row 1: identify needs a uid and an e-mail address",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_mapping_is_refused_as_a_whole_with_the_row(shop: Shop, name: str) -> None:
    """Half a mapping at the vendor would be hard to tell from a whole one."""
    kind, rows, columns, message = REFUSED[name]
    shop.source(kind, rows, columns)
    with pytest.raises(MappingRefusedError, match=message) as caught:
        shop.sync(kind)
    assert "nothing was sent" in str(caught.value)
    assert "@" not in str(caught.value)
    assert shop.requests() == 0


def test_personal_data_is_sent_only_where_the_mapping_says_so(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the privacy settings hide at home would leave the house."""
    rows: list[Row] = [
        {"email": "ann@shop.example"},
        {"contact_id": "1", "first_name": "Ann"},
        {"contact_id": "1", "ip_address": "203.0.113.8"},
        {"contact_id": "1", "optin_url": "https://x.example/?mail=ann@shop.example"},
        {"contact_id": "1", "custom_fields": {"phone": "0170 1"}},
    ]
    for row in rows:
        shop.source("contacts", [row], personal_data=False)
        with pytest.raises(MappingRefusedError, match=r"contacts\.personal_data = true"):
            shop.plan("contacts")
    monkeypatch.setenv("ANALYTICS_PII", "plain")
    assert shop.plan("contacts").count("create") == 1


def test_a_run_that_would_change_too_much_is_stopped(shop: Shop) -> None:
    """An empty export would delete everything at the vendor, for good."""
    everything = [invoice(n) for n in range(40)]
    shop.source("invoices", everything, TYPED)
    shop.query("contacts", "SELECT 'c-1' AS contact_id")
    shop.sync("contacts")
    shop.sync("invoices")
    shop.source("invoices", everything[:20], TYPED)
    with pytest.raises(ChangeLimitError, match=r"take back 20 of 40 .* deleted_share = 0.1"):
        shop.sync("invoices")
    shop.source("invoices", [invoice(n, 1) for n in range(40)], TYPED)
    with pytest.raises(ChangeLimitError, match=r"change 40 of 40 .* changed_share = 0.5"):
        shop.sync("invoices")
    shop.source("invoices", everything[:20], TYPED, deleted_share=1)
    shop.sync("invoices")
    assert len(shop.written()["invoice"]) == 20


@pytest.mark.parametrize(
    ("sql", "message"),
    [("SELECT * FROM nowhere.at_all", "query of the mapping fails"), ("SELEC 1", "query of the")],
)
def test_a_query_that_fails_is_told_in_one_line(shop: Shop, sql: str, message: str) -> None:
    shop.query("products", sql)
    with pytest.raises(ConfigurationError, match=message) as caught:
        shop.plan("products")
    assert "\n" not in str(caught.value)


def test_a_table_and_column_names_are_a_mapping(shop: Shop) -> None:
    """Whoever has a table with the right rows needs no SQL."""
    shop.settings["products"] = {
        "table": "activation.sent",
        "columns": {"id": "object_id", "name": "answer"},
    }
    assert dict(shop.plan("products").counts) == {}
    with pytest.raises(ConfigurationError, match="no kind of object 'orders'"):
        kind_named("orders")


def test_two_processes_do_not_send_at_once(shop: Shop) -> None:
    """Each would send what the other is just sending."""
    from analytics_assets.activation.ledger import activation_lock  # noqa: PLC0415

    shop.query("products", "SELECT '1' AS id, 'x' AS name")
    place = shop.workplace()
    with activation_lock(place.lake), pytest.raises(LakeError, match="another activation"):
        shop.sync("products")


def test_data_of_a_sandbox_never_goes_to_the_vendor(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One wrong address would fill the live account with invented people."""
    shop.query("products", "SELECT '1' AS id, 'x' AS name")
    shop.sync("products")
    monkeypatch.setenv("SEGMETRICS_IMPORT_BASE_URL", "https://import.segmetrics.example/api/v1")
    with pytest.raises(ConfigurationError, match="SEGMETRICS_IMPORT_BASE_URL is of another kind"):
        shop.plan("products")
    for name in ("API", "TRACK"):
        monkeypatch.setenv(f"SEGMETRICS_{name}_BASE_URL", "https://x.segmetrics.example")
    with pytest.raises(LakeError, match="sandbox data"):
        shop.plan("products")


def test_nobody_who_is_forgotten_is_sent_again(shop: Shop) -> None:
    """The user's own file still holds the person who asked to be forgotten."""
    from analytics_assets.lake.rewrite import rewriting  # noqa: PLC0415
    from analytics_assets.privacy.forget import carry_out, plan_to_forget  # noqa: PLC0415
    from analytics_assets.tables import all_tables  # noqa: PLC0415

    shop.source("contacts", [{"email": person["email"]} for person in PEOPLE])
    shop.sync("contacts")
    place: Any = shop.workplace()
    with rewriting(place.lake) as connection:
        asked = ["person1@shop.example"]
        forgetting = plan_to_forget(
            connection, place.lake, all_tables(), asked, place.privacy, lambda _, work: work
        )
        carry_out(connection, place.lake, all_tables(), forgetting)
    plan, _ = shop.sync("contacts")
    assert dict(plan.counts) == {"unchanged": 2, "withdraw": 1}
    found = {contact["email"] for contact in shop.written()["contact"].values()}
    assert found == {"person0@shop.example", "person2@shop.example"}
    assert place.privacy.hashed("person1@shop.example") not in str(shop.ledger(view="sent_history"))
    assert dict(shop.plan("contacts").counts) == {"unchanged": 2, "nothing": 1}
