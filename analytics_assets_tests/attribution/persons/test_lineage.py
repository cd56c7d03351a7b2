"""Lineage that is declared by hand goes stale when a source of evidence is added."""

from __future__ import annotations

from analytics_assets.attribution.persons.tables import IDENTIFIERS, PERSON_DERIVATIONS, TIMES
from analytics_assets.lineage.compute import relation


def test_the_declared_lineage_is_that_of_the_evidence() -> None:
    """Who asks what an identifier comes from would not be told of every table."""
    evidence = relation("identity_edges")
    found = evidence["left_identifier"] | evidence["right_identifier"]
    assert set(IDENTIFIERS) == found
    assert set(TIMES) == evidence["seen_at"]
    identities = PERSON_DERIVATIONS[0]
    tables = {column.rpartition(".")[0] for column in (*IDENTIFIERS, *TIMES)}
    assert set(identities.reads) == tables
