"""The lineage of the derived tables: current, complete, and true to what they declare."""

from __future__ import annotations

import pytest

from analytics_assets.attribution.engine.derivation import Derivation
from analytics_assets.attribution.engine.tables import DERIVATIONS
from analytics_assets.lineage.compute import computed_lineage, noted
from analytics_assets.lineage.graph import NOTED, cards, direct_lineage, upstream

_CONSTANTS = {
    "attribution.channel_performance.currency",
    "attribution.channel_performance.model",
    "attribution.conversion_matches.source",
    "attribution.conversion_matches.vendor",
    "attribution.credits.model",
    "attribution.funnel_daily.stage",
    "attribution.model_fits.model",
    "attribution.model_fits.options",
    "attribution.spend.vendor",
    "attribution.touchpoints.vendor",
    "attribution.vendor_reconciliation.vendor",
}
"""Settings, and words that name a source or a part of it: no vendor sends them."""
_FIELDS = {
    f"{card.table}.{column.name}": column.source
    for card in cards()
    if card.layer == 0 and card.schema != "ops"
    for column in card.columns
}


def test_the_noted_lineage_is_that_of_the_statements() -> None:
    """Run `python -m analytics_assets.lineage.compute` after a change of a statement."""
    assert NOTED.read_text("utf-8") == noted(computed_lineage())


@pytest.mark.parametrize("derivation", DERIVATIONS, ids=lambda one: one.table.name)
def test_every_column_ends_at_vendor_fields_or_is_a_constant(derivation: Derivation) -> None:
    """A chain that breaks off would show an analyst that nothing depends on a vendor's field."""
    direct, table = direct_lineage(), f"{derivation.table.schema}.{derivation.table.name}"
    for name in direct[table]:
        column = f"{table}.{name}"
        ends = {end for end in upstream(column, direct) if end.rsplit(".", 1)[0] not in direct}
        assert all(_FIELDS[end] for end in ends if not end.startswith("ops.loads."))
        assert bool(ends & _FIELDS.keys()) == (column not in _CONSTANTS), column


@pytest.mark.parametrize("derivation", DERIVATIONS, ids=lambda one: one.table.name)
def test_lineage_and_the_asset_graph_name_the_same_tables(derivation: Derivation) -> None:
    """A table that a statement reads and the asset does not would not be waited for."""
    table = f"{derivation.table.schema}.{derivation.table.name}"
    columns = direct_lineage()[table].values()
    read = {origin.rsplit(".", 1)[0] for origins in columns for origin in origins}
    assert read - {table, "ops.loads"} <= set(derivation.reads)


def test_a_known_chain_is_found_from_end_to_end() -> None:
    """The rules may be consistent and still wrong: some chains that people know."""
    direct = direct_lineage()
    assert direct["attribution.channel_performance"]["roas"] == (
        "attribution.credits.base_revenue_minor",
        "attribution.credits.conversion_type",
        "attribution.spend.spend_minor",
    )
    assert direct["attribution.touchpoints"]["term"] == (
        "segmetrics.contact_events.utm_term",
        "session_story.sessions.utm_term",
        "wemasy.sessions.utm_term",
    )
    assert {
        "segmetrics.orders.total",
        "imports.orders.total",
        "imports.currency_rates.rate",
        "segmetrics.report_ads.spend",
    } <= upstream("attribution.channel_performance.roas", direct)


def test_a_field_is_shown_under_the_vendors_own_name() -> None:
    assert _FIELDS["segmetrics.report_revenue.num_of_orders"] == "field numOfOrders"
    assert _FIELDS["sealmetrics.conversions_raw.day"] == "local day of date"
    assert _FIELDS["segmetrics.report_ads.position"] == "its place in the answer"
    assert _FIELDS["sealmetrics.sites.site_id"] == "field id"
    assert all(_FIELDS.values())
