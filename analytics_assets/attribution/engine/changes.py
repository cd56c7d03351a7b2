"""How far back a change reaches: the first published day that a run would compute differently."""

from __future__ import annotations

from datetime import date

import duckdb

from analytics_assets.attribution.engine.compute import create
from analytics_assets.attribution.engine.run import Run
from analytics_assets.attribution.engine.statements import statement
from analytics_assets.attribution.persons.touchpoints import find_reported_touches
from analytics_assets.attribution.spend.currency import compute_rates


def earliest_change(connection: duckdb.DuckDBPyConnection, run: Run) -> date:
    """The first day from which on rows may differ from the published ones.

    It runs after `compute_identities`, on a connection that is bound to an exploring run. It looks
    at all published days, whatever was asked for; only of visits does it look at the contacts alone
    that were loaded on the days that are asked for.
    """
    if not run.published:
        return run.asked.first
    compute_rates(connection)
    create(connection, "reported_orders", "first_orders", "renewals", "named_identities")
    create(connection, "reported_contacts", "changes_on_unpublished_days")
    find_reported_touches(connection)
    found = connection.execute(statement("earliest_change")).fetchone()
    return min(run.asked.first, found[0]) if found and found[0] else run.asked.first
