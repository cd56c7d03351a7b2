"""Finds the shops of a lake, and makes the temporary tables and macros that name a row's shop."""

from __future__ import annotations

import re

import duckdb

from analytics_assets.attribution.engine.parameters import as_map, bind_shops
from analytics_assets.attribution.engine.statements import statement
from analytics_assets.settings.shops import MAIN_SHOP

SOURCES_OF_SHOPS = (
    "imports.orders",
    "sealmetrics.conversions_raw",
    "segmetrics.contact_events",
    "segmetrics.contacts",
    "segmetrics.orders",
    "session_story.events",
    "session_story.visitors",
    "wemasy.session_conversions",
    "wemasy.sessions",
)
"""Tables that show the shop of a contact or order, where an account serves several."""
SOURCES_OF_TENANTS = (
    *SOURCES_OF_SHOPS,
    "imports.ad_spend",
    "sealmetrics.funnel",
    "sealmetrics.sites",
    "sealmetrics_legacy.conversions",
    "sealmetrics_legacy.microconversions",
    "segmetrics.report_ads",
    "session_story.revenue",
    "session_story.sessions",
    "session_story.sites",
)
"""These, and the other tables that show which tenants there are."""
_TABLES = ("session_shops", "order_evidence", "contact_shops", "order_shops", "served_shops")


def install_shops(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `tenant_shops`, the macros of `shop_macros.sql`, and the shops of sessions and orders.

    It runs after `prepare`, once on a connection: the lake does not change under a run.
    """
    _create(connection, "tenant_shops")
    rows = connection.execute("SELECT vendor, tenant, shop, host FROM tenant_shops").fetchall()
    tenants = {f"{vendor}:{tenant}": shop for vendor, tenant, shop, _ in rows if vendor and shop}
    hosts = {host: shop for _, _, shop, host in rows if host and shop}
    names = sorted({*tenants.values(), *hosts.values()}) or [MAIN_SHOP]
    pattern = "|".join(re.escape(host) for host in sorted(hosts))
    found = {
        "shop_of_tenant": as_map(tenants),
        "shop_of_host": as_map(hosts),
        "shop_hosts": rf"(?:^|\.)({pattern})$" if hosts else "^$",
        "shop_names": names,
        "only_shop": names[0] if len(names) == 1 else None,
        "own_sites": as_map(dict(connection.execute(statement("own_sites")).fetchall())),
    }
    bind_shops(connection, found)
    connection.execute(statement("shop_macros"))
    for name in _TABLES:
        _create(connection, name)


def _create(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {statement(name)}")
