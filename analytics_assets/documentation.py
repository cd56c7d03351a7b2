"""The table of endpoints in the README, made from the declarations.

`python -m analytics_assets.documentation` writes it anew; a test fails while it is not current.
"""

from __future__ import annotations

from pathlib import Path

from analytics_assets.attribution.engine.tables import DERIVATIONS
from analytics_assets.ingest.declare import Crawl, Endpoint, Vendor
from analytics_assets.tables import SOURCES

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- endpoints: begin -->", "<!-- endpoints: end -->"
_HEADING = (
    "| asset | one row per | partition | one call asks for | asked again for |\n"
    "|---|---|---|---|---|\n"
)


def endpoint_table() -> str:
    """Every asset with its row grain, partition, window and limits, as Markdown."""
    rows = [
        _row(vendor, crawl, endpoint)
        for vendor in SOURCES
        for crawl in vendor.crawls
        for endpoint in crawl.endpoints
    ]
    rows += [
        f"| `{d.table.schema}/{d.table.name}` | {_grain(d.grain)} | day | any range | |"
        for d in DERIVATIONS
    ]
    return _HEADING + "\n".join(rows) + "\n"


def _row(vendor: Vendor, crawl: Crawl, endpoint: Endpoint) -> str:
    window = "today's state" if crawl.snapshot else _days(crawl.window_days)
    asked = "; ".join(filter(None, [window, crawl.limits]))
    again = _days(crawl.restated_days) if crawl.restated_days else ""
    partition = "snapshot" if crawl.snapshot else "day"
    name = f"`{vendor.name}/{endpoint.name}`"
    return f"| {name} | {_grain(endpoint.grain)} | {partition} | {asked} | {again} |"


def _grain(sentence: str) -> str:
    return sentence.removeprefix("One row per ").rstrip(".").replace("|", "\\|")


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"


def with_current_table(readme: str) -> str:
    """The README's text with the table of today between its two marks."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{endpoint_table()}{END}{after}"


if __name__ == "__main__":
    README.write_text(with_current_table(README.read_text("utf-8")), "utf-8")
