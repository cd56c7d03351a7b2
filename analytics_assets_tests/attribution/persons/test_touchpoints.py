"""A touch that is lost, doubled or under the wrong name moves credit without any error showing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from analytics_assets.settings import ChannelRule, Channels
from analytics_assets_tests.attribution.conftest import DAY, Row, World, after
from analytics_assets_tests.attribution.persons.conftest import contact, page_view, story, wemasy

Touches = Callable[..., list[Row]]
SHOP = "https://shop.example/"
TAGS = "utm_source=Newsletter&utm_medium=Email&utm_campaign=Weekly%20"


def test_each_vendor_gives_the_same_touch(world: World, touches: Touches) -> None:
    """A visit that several vendors saw is one in a path only if they tell the same of it."""
    tags = {"utm_source": "Newsletter", "utm_medium": "Email", "utm_campaign": "Weekly%20"}
    page = f"{SHOP}p?{TAGS}&fbclid=IwAR-AbCdEfGhIj"
    world.load("segmetrics.contacts", [contact("1")])
    rows = [page_view("1", "u", full_url=page, channel="email", country_code="es", **tags)]
    world.load("segmetrics.contact_events", rows)
    world.load("session_story.sessions", [story("s", "v", entry_url=page, **tags)])
    world.load("wemasy.sessions", [wemasy("w", "x", landing_page=page, device="phone", **tags)])
    found = touches()
    assert [touch["touch_id"] for touch in found] == [
        "segmetrics:u@1781085600000",
        "session_story:s",
        "wemasy:w",
    ]
    same = (
        "channel",
        "source",
        "medium",
        "campaign",
        "raw_source",
        "click_id",
        "landing_page",
        "is_direct",
        "person_id",
    )
    assert {tuple(touch[name] for name in same) for touch in found} == {
        (
            *("Email", "newsletter", "email", "weekly", "Newsletter", "IwAR-AbCdEfGhIj"),
            *(f"{SHOP}p", False, found[0]["person_id"]),
        )
    }
    assert [touch["vendor_channel"] for touch in found] == ["email", None, None]


ORIGINS: tuple[tuple[str, str | None, tuple[str | None, str | None, str]], ...] = (
    ("", None, (None, None, "Direct")),
    ("", SHOP, (None, None, "Direct")),
    ("?utm_source=(not set)", "https://www.google.com/", ("google", "organic", "Organic Search")),
    ("?gclid=Cj0KCQ", "https://www.google.com/", ("google", "cpc", "Paid Search")),
    ("?gclid=Cj0KCQ", None, ("google", "cpc", "Paid Search")),
    ("?wbraid=Cj0KCQ", None, ("google", "cpc", "Paid Search")),
    ("?msclkid=abc", None, ("bing", "cpc", "Paid Search")),
    ("?ttclid=abc", None, ("tiktok", "paid_social", "Paid Social")),
    ("?fbclid=abc", None, ("facebook", "referral", "Organic Social")),
    ("?fbclid=abc", "https://l.instagram.com/", ("instagram", "referral", "Organic Social")),
    ("", "https://blog.example/post", ("blog.example", "referral", "Referral")),
    ("?utm_source=google&gclid=Cj0KCQ", None, ("google", "cpc", "Paid Search")),
    ("?utm_source=partner&gclid=Cj0KCQ", None, ("partner", None, "Unassigned")),
    ("?utm_source=google&utm_medium=display&gclid=x", None, ("google", "display", "Display")),
)


def test_tags_beat_click_ids_and_these_beat_referrers(world: World, touches: Touches) -> None:
    """Auto-tagged ads would count as organic, and shared links as ads."""
    sessions = [
        story(
            f"{number:02}",
            "v",
            entry_url=f"{SHOP}{query}",
            referrer=referrer,
            **dict(part.split("=") for part in query[1:].split("&") if part.startswith("utm_")),
        )
        for number, (query, referrer, _) in enumerate(ORIGINS)
    ]
    world.load("session_story.sessions", sessions)
    found = touches()
    told = [(touch["source"], touch["medium"], touch["channel"]) for touch in found]
    assert told == [expected for _, _, expected in ORIGINS]
    assert [touch["is_direct"] for touch in found] == [name == "Direct" for _, _, name in told]


def test_who_returns_from_paying_makes_no_touch(world: World, touches: Touches) -> None:
    """The bank would be the last touch of every sale."""
    bank = {"referrer": "https://checkout.stripe.com/pay"}
    sessions = [
        story("back", "v", **bank),
        story("ad", "v", entry_url=f"{SHOP}?gclid=abc", **bank),
        story("tagged", "v", utm_source="newsletter", **bank),
    ]
    world.load("session_story.sessions", sessions)
    assert [touch["touch_id"] for touch in touches()] == [
        "session_story:ad",
        "session_story:tagged",
    ]


def test_tracked_pages_become_visits(world: World, touches: Touches) -> None:
    """Every page would be a touch, or a second ad of the same hour none."""
    ad, other_ad = f"{SHOP}?{TAGS}", f"{SHOP}?gclid=Cj0KCQ"
    pages = [
        ("10:00", ad),
        ("10:01", f"{SHOP}next"),
        ("10:02", f"{ad}#reload"),
        ("10:20", other_ad),
        ("10:21", f"{SHOP}next"),
        ("11:00", f"{SHOP}back"),
    ]
    world.load("segmetrics.contacts", [contact("1"), contact("2")])
    views = [page_view("1", "u", at=at, full_url=url) for at, url in pages]
    same_view = page_view("2", "u", at="10:20", full_url=other_ad)
    world.load("segmetrics.contact_events", [*views, same_view])
    found = touches()
    assert [touch["touched_at"].strftime("%H:%M") for touch in found] == ["10:00", "10:20", "11:00"]
    assert {touch["identifier"] for touch in found} == {"segmetrics_contact:1"}


def test_visits_do_not_depend_on_how_far_back_is_read(world: World, touches: Touches) -> None:
    """A day that is computed again with more history would change without new data."""
    world.load("segmetrics.contacts", [contact("1")])
    ad = f"{SHOP}?{TAGS}"
    pages = [
        page_view("1", "u", full_url=ad, date_created=f"{after(-8)} 10:00:00+00"),
        page_view("1", "u", at="10:00"),
        page_view("1", "u", at="10:05", full_url=ad),
    ]
    world.load("segmetrics.contact_events", pages)
    found = touches()
    assert [touch["touched_at"].minute for touch in found] == [0, 5]
    assert touches(lookback_days=30)[1:] == found


def test_touches_of_one_instant_stay_apart(world: World, touches: Touches) -> None:
    """Visits that begin together, from two tabs or by two people, would become one."""
    world.load("segmetrics.contacts", [contact("1")])
    pages = [f"{SHOP}?{TAGS}", f"{SHOP}next"]
    world.load("segmetrics.contact_events", [page_view("1", "u", full_url=url) for url in pages])
    world.load("session_story.sessions", [story("a", "v"), story("b", "v"), story("c", "w")])
    found = touches()
    assert {touch["touched_at"] for touch in found} == {found[0]["touched_at"]}
    assert [touch["touch_id"] for touch in found] == [
        "segmetrics:u@1781085600000",  # pages of one browser are one visit
        *(f"session_story:{name}" for name in "abc"),
    ]


def test_one_vendor_is_enough(world: World, touches: Touches) -> None:
    """Who has one vendor only would get nothing at all."""
    world.load("wemasy.sessions", [wemasy("a", None), wemasy("b", "x")])
    [one, other] = touches()
    assert (one["channel"], other["channel"]) == ("Direct", "Direct")
    assert one["person_id"] != other["person_id"]


def test_a_touch_stands_under_its_local_day(world: World, touches: Touches) -> None:
    """A visit after midnight would be in no day's file, or in two."""
    late = story("late", "v", started_at=f"{DAY} 22:30:00+00")
    world.load("session_story.sessions", [late])
    world.load(
        "wemasy.sessions", [wemasy("x", "x", created_at=f"{after(2)} 22:30:00+00")], after(2)
    )
    assert [(touch["touch_id"], touch["day"]) for touch in touches()] == [
        ("session_story:late", after(1))
    ]


def test_the_users_rules_go_before_the_default_ones(world: World, touches: Touches) -> None:
    """Rules that a user wrote, and spellings, would not reach the touches of the past."""
    world.load(
        "session_story.sessions",
        [
            story("ai", "v", utm_source="ChatGPT.com"),
            story("alias", "v", utm_source="Gazette Online", utm_medium="cpc"),
            story("page", "v", entry_url=f"{SHOP}lp/spring?gclid=abc"),
            story("rest", "v", utm_source="newsletter", utm_medium="email"),
        ],
    )
    rules: list[dict[str, Any]] = [
        {"channel": "AI", "source": "^(chatgpt|perplexity)"},
        {"channel": "Press", "source": "^gazette$", "medium": "CPC"},
        {"channel": "Landing", "landing_page": "/lp/"},
    ]
    channels = Channels(
        rules=tuple(ChannelRule(**rule) for rule in rules), aliases={"Gazette Online": "gazette"}
    )
    found = {touch["touch_id"]: touch["channel"] for touch in touches(channels=channels)}
    assert found == {
        "session_story:ai": "AI",
        "session_story:alias": "Press",
        "session_story:page": "Landing",
        "session_story:rest": "Email",
    }
