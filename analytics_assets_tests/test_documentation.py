"""What the README says of the endpoints is what is declared."""

from __future__ import annotations

from analytics_assets.documentation import README, endpoint_table, with_current_table
from analytics_assets.vendors import VENDORS


def test_the_readme_lists_the_endpoints_as_they_are_declared() -> None:
    """Run `python -m analytics_assets.documentation` when this fails."""
    text = README.read_text("utf-8")
    assert with_current_table(text) == text


def test_every_endpoint_has_its_line() -> None:
    lines = endpoint_table().splitlines()
    for vendor, _ in VENDORS:
        for endpoint in vendor.endpoints:
            name = f"`{vendor.name}/{endpoint.name}`"
            assert sum(line.startswith(f"| {name} |") for line in lines) == 1
