"""Why two identifiers are one person: the evidence that leads from one to the other.

What it shows can be undone: a pair of identifiers under `[identities] exclude` links no more.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime

import duckdb

from analytics_assets.errors import ConfigurationError

_COMPONENTS = """
SELECT component FROM identity_nodes JOIN identity_components USING (node)
WHERE identifier = ?
"""
_LINKS = """
SELECT
    left_nodes.identifier,
    right_nodes.identifier,
    links.seen_at,
    source_of(links.fact),
    coalesce(links.note, reason_of(links.fact))
FROM identity_links AS links
JOIN identity_components AS components ON components.node = links.left_node
JOIN identity_nodes AS left_nodes ON left_nodes.node = links.left_node
JOIN identity_nodes AS right_nodes ON right_nodes.node = links.right_node
WHERE components.component = ?
ORDER BY links.seen_at, links.left_node, links.right_node, links.fact
"""


@dataclass(frozen=True)
class Evidence:
    """One step on the way from one identifier to another.

    Attributes:
        one: the identifier that the step begins at.
        other: the one that it leads to.
        seen_at: when both were first seen together (UTC).
        source: where: vendor and table.
        reason: what was seen.
    """

    one: str
    other: str
    seen_at: datetime
    source: str
    reason: str

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.one} - {self.other}: {self.reason} ({self.source}, {self.seen_at:%Y-%m-%d})"


def explain(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> list[Evidence]:
    """The shortest chain of evidence between two identifiers; empty if they are two persons.

    Identities have been computed on the connection (`compute_identities`).

    Raises:
        ConfigurationError: an identifier is not in the lake.
    """
    components, others = (_components(connection, name) for name in (one, other))
    if not components & others or one == other:
        return []
    component = min(components & others)
    neighbours: dict[str, dict[str, Evidence]] = {}
    for left, right, *found in connection.execute(_LINKS, [component]).fetchall():
        for here, there in ((left, right), (right, left)):
            neighbours.setdefault(here, {}).setdefault(there, Evidence(here, there, *found))
    reached: dict[str, Evidence | None] = {one: None}
    waiting = deque([one])
    while other not in reached:
        here = waiting.popleft()
        for there, evidence in neighbours[here].items():
            if there not in reached:
                reached[there] = evidence
                waiting.append(there)
    chain: list[Evidence] = []
    while (step := reached[chain[-1].one if chain else other]) is not None:
        chain.append(step)
    return chain[::-1]


def _components(connection: duckdb.DuckDBPyConnection, identifier: str) -> set[int]:
    """The persons behind an identifier: one in each shop that has it."""
    found = connection.execute(_COMPONENTS, [identifier]).fetchall()
    if not found:
        what = f"{identifier} is no identifier in attribution.identities"
        raise ConfigurationError(what, todo="Write it as there, such as segmetrics_contact:42")
    return {component for (component,) in found}
