"""Many objects: the same memory, and no faster than the limit allows."""

from __future__ import annotations

import os
import resource
from typing import Any

import pytest

from analytics_assets_tests.activation.support import Shop
from analytics_assets_tests.crash.support import Child

_GROWTH_BYTES = 256 * 1024**2
"""What 90,000 more rows may take: DuckDB holds a part of them in memory, up to its limit."""


def sync_many(shop: Shop, environment: dict[str, str], count: int) -> None:
    """Sync so many contacts twice, and write down the most memory that it took."""
    os.environ.update(environment)
    shop.query(
        "contacts",
        "SELECT 'c-' || range AS contact_id, 'person' || range || '@shop.example' AS email, "
        f"{{'note': repeat('x', 100)}} AS custom_fields FROM range({count})",
    )
    shop.sync("contacts")
    plan, _ = shop.sync("contacts")
    assert plan.counts == {"unchanged": count}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    (shop.folder / f"{count}.bytes").write_text(str(peak), encoding="utf-8")


def measured(shop: Shop, count: int) -> int:
    child = Child(sync_many, shop, dict(os.environ), count)
    assert child.ends_within(580)
    assert child.exit_code == 0
    return int((shop.folder / f"{count}.bytes").read_text("utf-8"))


@pytest.mark.slow
def test_a_hundred_thousand_objects_take_no_more_memory_than_ten_thousand(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = measured(shop, 10_000)
    shop.sandbox.reset()
    folder = shop.folder.parent / "many"
    monkeypatch.setenv("ANALYTICS_LAKE", str(folder / "lake"))
    monkeypatch.setenv("ANALYTICS_WAREHOUSE", str(folder / "warehouse.duckdb"))
    many = measured(shop, 100_000)
    assert len(shop.written()["contact"]) == 100_000
    assert many - few < _GROWTH_BYTES


def test_several_workers_keep_the_limit_together(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight requests at once that each wait for themselves would be eight times the limit."""
    monkeypatch.setenv("SEGMETRICS_REQUESTS_PER_MINUTE", "30")
    shop.workers = 8
    waits: list[float] = []

    def note(seconds: float) -> None:
        waits.append(seconds)
        raise _Enough

    original: Any = shop.writer

    def impatient(place: Any) -> Any:
        writer = original(place)
        writer._import.limit.sleep = note
        return writer

    monkeypatch.setattr(shop, "writer", impatient)
    shop.query("products", "SELECT range::VARCHAR AS id, 'x' AS name FROM range(100)")
    with pytest.raises(_Enough):
        shop.sync("products")
    assert shop.requests() == 30
    assert max(waits) > 1


class _Enough(Exception):  # noqa: N818  it is no error
    """The limit binds."""
