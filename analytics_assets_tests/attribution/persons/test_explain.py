"""Nobody can check or undo a merge that is not explained."""

from __future__ import annotations

import pytest

from analytics_assets.attribution.persons.explain import explain
from analytics_assets.errors import ConfigurationError
from analytics_assets_tests.attribution.conftest import DAY, World
from analytics_assets_tests.attribution.persons.conftest import (
    Computing,
    contact,
    page_view,
    story,
    told,
)


def test_evidence_leads_from_one_to_the_other(world: World, computing: Computing) -> None:
    """The chain must be whole, in order, and the shortest."""
    world.load("segmetrics.contacts", [contact("1"), contact("2")])
    world.load("segmetrics.contact_events", [page_view("1", "u", at="09:00")])
    world.load("session_story.sessions", [story("s", "v"), story("t", "v", at="11:00")])
    world.load("session_story.events", [told("s", seg_uid="u")])
    with computing() as connection:
        chain = explain(connection, "session_story_session:t", "segmetrics_contact:1")
        back = explain(connection, "segmetrics_contact:1", "session_story_session:t")
        apart = explain(connection, "segmetrics_contact:2", "segmetrics_contact:1")
    assert [str(step) for step in chain] == [
        f"{step} ({table}, {DAY})"
        for step, table in (
            (
                "session_story_session:t - session_story_visitor:v: session of the visitor",
                "session_story.sessions",
            ),
            (
                "session_story_visitor:v - session_story_session:s: session of the visitor",
                "session_story.sessions",
            ),
            (
                "session_story_session:s - segmetrics_uid:u: browser that the event names",
                "session_story.events",
            ),
            (
                "segmetrics_uid:u - segmetrics_contact:1: page view of the contact",
                "segmetrics.contact_events",
            ),
        )
    ]
    assert [(step.other, step.one) for step in back[::-1]] == [(s.one, s.other) for s in chain]
    assert apart == []


def test_an_unknown_identifier_is_named(computing: Computing) -> None:
    """An empty chain would say that two persons are strangers where one was misspelt."""
    with computing() as connection, pytest.raises(ConfigurationError, match="contact:1 is no"):
        explain(connection, "contact:1", "contact:2")
