"""Two spellings with two keys split a sale; two values with one key merge strangers."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from collections.abc import Callable
from datetime import UTC
from decimal import Decimal
from zoneinfo import ZoneInfo

import hypothesis
import hypothesis.strategies as st
import pytest

from analytics_assets import keys
from analytics_assets.keys.placeholders import AROUND, PLACEHOLDERS

# what decoding, folding and trimming act on, more often than chance would have it
_PIECES = st.sampled_from(
    [
        *(
            "%25",
            "%C3%B3",
            "%4",
            "&amp;",
            "&#64;",
            "&",
            ";",
            "\\u00e9",
            "\\",
            "#",
            "@",
            ".",
            "+",
            "(",
        ),
        *("{", "www.", "0", "ß", "ﬁ", "＠", "İ", "ı", "o\u0301", "\u200b", "\ufeff", "\t", " "),
    ]
)
TEXTS = st.lists(_PIECES | st.text(max_size=3), max_size=8).map("".join)


@pytest.mark.parametrize("module", [m.name for m in pkgutil.iter_modules(keys.__path__)])
def test_an_example_in_a_docstring_shows_what_the_code_does(module: str) -> None:
    result = doctest.testmod(importlib.import_module(f"{keys.__name__}.{module}"))
    assert result.failed == 0


def test_every_spelling_of_one_order_id_is_one_order() -> None:
    spellings = [
        *("1001", "#1001", "%231001", "%25231001", "1001.0", "1001.00", '"1001"', "'1001'"),
        *(" 1001\n", "\ufeff1001", "10\u200b01", "１００１", "&#35;1001", "\\u00231001", "# 1001"),
    ]
    assert {keys.order_key(text) for text in spellings} == {"1001"}


def test_order_ids_that_differ_stay_different() -> None:
    ids = ["1001", "1001.5", "1001.50", "A-1001.0", "A-1001", "01001", "a1", "A1", "1e3", "1,001"]
    assert len({keys.order_key(text) for text in ids}) == len(ids)


def test_a_placeholder_is_no_order_id_however_it_is_spelt() -> None:
    macros = ["{{order_id}}", "{order}", "${order.id}", "%ORDER_ID%", "%%ORDER%%", "[ORDERID]"]
    macros += ["__ORDER_ID__", "<order_id>", "<%= order.id %>", "$ORDER_ID$", "@order_id@", "#id#"]
    macros += ["%7B%7Border_id%7D%7D", "{% order %}", "order_{id}"]
    words = ["N/A", "na", "0", "000", "0.00", "-", "--", "?", "", " ", "\ufeff", "unknown", "Guest"]
    words += ["undefined", "NULL", "None", "(not set)", "not%20set", "NaN", "-1", "[object Object]"]
    words += ["00000000-0000-0000-0000-000000000000", "N%2FA", "ｎｕｌｌ", "#N/A", "order_id"]
    assert [text for text in macros + words if keys.order_key(text) is not None] == []


@pytest.mark.parametrize(
    "read", [keys.order_key, keys.tag_key, keys.tag_text, keys.currency_key, keys.email_key]
)
def test_every_field_has_the_same_placeholders(read: Callable[[str], str | None]) -> None:
    spellings = [f"{a}{word.upper()}{z}" for word in PLACEHOLDERS for a, z in ("  ", "()", '""')]
    assert [text for text in spellings if read(text) is not None] == []


def test_a_placeholder_is_written_as_it_is_looked_up() -> None:
    assert [word for word in PLACEHOLDERS if keys.folded(word).strip(AROUND) != word] == []


def test_a_campaign_that_only_looks_like_a_macro_keeps_its_name() -> None:
    names = ["[ES] Brand", "50% off", "100%baumwolle", "c++", "#sale", "$5 off", "Null Bock", "n1"]
    assert [name for name in names if keys.tag_text(name) != name] == []


def test_one_campaign_in_many_spellings_is_one_campaign() -> None:
    spellings = [
        *("Promoción Otoño", "Promocio\u0301n Oton\u0303o", "PROMOCIÓN  OTOÑO", "promoción+otoño"),
        *(
            "Promoci%C3%B3n%20Oto%C3%B1o",
            "Promoci%25C3%25B3n Oto%25C3%25B1o",
            "Promoci&oacute;n Otoño",
        ),
        *("Promoci\\u00f3n Oto\\u00f1o", "Promoción\u00a0Otoño", "\ufeffPromoción Otoño\u200b"),
    ]
    assert len({keys.tag_key(text) for text in spellings}) == 1


def test_an_address_is_the_same_however_it_is_written() -> None:
    spellings = [
        *(
            "ann@x.example",
            "Ann@X.EXAMPLE ",
            "ann@x.example\r\n",
            "\ufeffann@x.example",
            "ann@x.example\u200b",
        ),
        *("ann%40x.example", "ann%2540x.example", "ann&#64;x.example", "ann&#x40;x.example"),
        *(
            "ann\\u0040x.example",
            "ann＠x.example",
            "ａｎｎ@ｘ.example",
            "mailto:ann@x.example?subject=a",
        ),
        *("Ann Lee <ann@x.example>", "<ann@x.example>", "'ann@x.example',", "ann @ x.example"),
        *("ann@x.example.", "ann@x。example"),
    ]
    assert {keys.email_key(text) for text in spellings} == {"ann@x.example"}


def test_international_addresses_are_the_same_in_both_forms_of_their_domain() -> None:
    assert keys.email_key("анна@почта.рф") == keys.email_key("АННА@xn--80a1acny.xn--p1ai")
    assert keys.email_key("a@straße.example") == keys.email_key("a@xn--strae-oqa.example")


def test_turkish_letters_make_three_addresses_and_each_is_found_again() -> None:
    found = {keys.email_key(f"{letter}smail@x.example") for letter in "İIı"}
    assert found == {"i\u0307smail@x.example", "ismail@x.example", "ısmail@x.example"}
    assert keys.email_key("i\u0307smail@x.example") == keys.email_key("İsmail@x.example")


def test_a_sort_order_is_no_order_id() -> None:
    shop = "https://shop.example/shoes"
    sorts = ["?order=price", "?dir=asc&order=price", "?order=product.price.asc", "?order=desc"]
    sorts += ["?orderby=price2", "?order=2&dir=asc", "?order=3&orderby=date", "?ORDER=NEWEST"]
    sorts += ["?order_id={{order_id}}", "?order_id=undefined", "?reorder=1001", "", "?border=100"]
    assert [s for s in sorts if keys.order_id_in_url(shop + s) is not None] == []


def test_an_order_id_is_found_wherever_a_thank_you_page_shows_it() -> None:
    shop = "https://shop.example/thanks"
    shown = [
        "?order=1001",
        "?order=%231001",
        "?orderId=1001",
        "?order-id=1001.0",
        "?a=1&ORDERID=1001",
    ]
    shown += ["?order_number=1001#x", "?transaction_id=%25231001", "?a=1&amp;order_id=1001"]
    shown += [
        "?id_order=1001",
        "?bestelnummer=1001",
        "?order=price&order_id=1001",
        "/order-received/1001/",
    ]
    found = {keys.order_id_in_url(shop + end) for end in shown}
    found.add(keys.order_id_in_url("https%3A%2F%2Fshop.example%2Fthanks%3Forder_id%3D1001"))
    assert found == {"1001"}


def test_hosts_are_read_from_every_way_to_write_an_address() -> None:
    addresses = [
        "https://www.shop.example/a?b=c@d.example",
        "HTTP://SHOP.EXAMPLE:80",
        "shop.example",
    ]
    addresses += [
        "//shop.example/x",
        "https://u:p@shop.example",
        "shop.example./",
        "www.shop.example/",
    ]
    addresses += ["https%3A%2F%2Fshop.example%2F", "https:\\/\\/shop.example\\/", " shop.example\n"]
    assert {keys.host_of(url) for url in addresses} == {"shop.example"}
    no_host = [
        "",
        "newsletter",
        "mailto:ann@x.example",
        "ann@x.example",
        "about:blank",
        "https://",
        "a b",
    ]
    assert [url for url in no_host if keys.host_of(url) is not None] == []


def test_subdomains_are_one_site_and_shops_of_one_host_are_not() -> None:
    assert (
        keys.site_of("https://checkout.www.shop.co.uk/")
        == keys.site_of("shop.co.uk")
        == "shop.co.uk"
    )
    assert keys.site_of("a.myshopify.com") != keys.site_of("b.myshopify.com")
    assert keys.site_of("https://kasse.bücher.example") == "xn--bcher-kva.example"
    assert keys.site_of("http://localhost:8000/") == "localhost"


def test_a_currency_without_two_decimals_keeps_its_smallest_unit() -> None:
    amount = Decimal("10.505")
    units = [keys.minor_units(amount, code) for code in ("KWD", "EUR", "JPY", "CLF", "XAU", "FOO")]
    assert units == [10505, 1051, 11, 105050, 1051, 1051]
    assert keys.minor_units(Decimal("-0.5"), "JPY") == -1


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-02 10:00:00 +0100", "2026-03-02 09:00:00+00:00"),
        ("2026-03-02T10:00:00.5+01:00", "2026-03-02 09:00:00.500000+00:00"),
        ("2026-03-02 10:00:00 UTC", "2026-03-02 10:00:00+00:00"),
        ("2026-03-02T10:00Z", "2026-03-02 10:00:00+00:00"),
        ("2026-03-02 10:00:00 GMT-05:00", "2026-03-02 15:00:00+00:00"),
        ("2026-03-02", "2026-03-01 23:00:00+00:00"),
        ("2026/03/02 10:00", "2026-03-02 09:00:00+00:00"),
        ("02.03.2026 10:00:00", "2026-03-02 09:00:00+00:00"),
        ("Mon, 02 Mar 2026 10:00:00 +0000", "2026-03-02 10:00:00+00:00"),
        ("March 2, 2026 10:00 pm", "2026-03-02 21:00:00+00:00"),
        ("1772445600", "2026-03-02 10:00:00+00:00"),
        ("1772445600123", "2026-03-02 10:00:00.123000+00:00"),
    ],
)
def test_a_date_that_a_shop_exports_is_read(text: str, instant: str) -> None:
    assert str(keys.instant_of(text, ZoneInfo("Europe/Madrid"))) == instant


def test_a_date_of_zeros_is_no_date() -> None:
    assert {keys.instant_of(z, UTC) for z in ("0000-00-00", "0000-00-00 00:00:00", "", "N/A")} == {
        None
    }


@pytest.mark.parametrize(
    "text",
    [
        *("03/02/2026", "2/3/26 10:00", "2026-02-30", "2026-13-01", "20260302", "Foo 2, 2026"),
        *("2026-03-02 25:00", "2026-03-02 13:00 pm", "2026-03-02 10:00 CET", "yesterday"),
    ],
)
def test_a_date_that_could_be_another_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the message differs by what is wrong
        keys.instant_of(text, UTC)


@hypothesis.given(TEXTS)
def test_a_key_is_its_own_key(text: str) -> None:
    functions: list[Callable[[str], str | None]] = [keys.readable, keys.folded, keys.tag_text]
    functions += [keys.tag_key, keys.order_key, keys.email_key, keys.currency_key]
    for read in functions:
        key = read(text)
        assert key is None or read(key) == key
    for read in (keys.host_of, keys.site_of):
        key = read(text)
        assert key is None or read(f"https://{key}/") == key
