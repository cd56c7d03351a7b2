"""The declarations of the CSV files in the user's folder."""

from __future__ import annotations

from analytics_assets.imports.client import fetch_file
from analytics_assets.imports.models import AdSpend, CurrencyRate, Order
from analytics_assets.ingest.declare import Crawl, Endpoint, Vendor
from analytics_assets.ingest.fields import Row

_FORMAT = "https://www.rfc-editor.org/rfc/rfc4180"


def _file(
    name: str, model: type[Row], *, key: tuple[str, ...] = (), no_key_reason: str = ""
) -> Crawl:
    """A file of the user as a table; each load is the state of the whole file."""
    return Crawl(
        name=name,
        fetch=fetch_file(name, model),
        limits=f"`{name}.csv`",
        endpoints=(
            Endpoint(
                name=name,
                model=model,
                docs_url=_FORMAT,
                tenant_column="account_id",
                key=key,
                no_key_reason=no_key_reason,
                snapshot=True,
            ),
        ),
    )


IMPORTS = Vendor(
    name="imports",
    title="Imports",
    docs_url=_FORMAT,
    crawls=(
        _file(
            "ad_spend",
            AdSpend,
            no_key_reason="Only the user knows whether two equal lines are one expense.",
        ),
        _file("orders", Order, key=("order_id",)),
        _file("currency_rates", CurrencyRate, key=("date", "from_currency", "to_currency")),
    ),
)
