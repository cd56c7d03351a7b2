"""Checks over several tables of one vendor: what one call counts, another must count too."""

from collections.abc import Iterator
from datetime import date
from urllib.parse import unquote

import dagster as dg
import duckdb

from analytics_assets.defs.emitter import no_preview_warning
from analytics_assets.defs.resources import PlatformResource
from analytics_assets.ingest.declare import Agreement, Vendor
from analytics_assets.ingest.findings import Finding
from analytics_assets.ingest.tables import endpoint_table
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.sql import literal


def agreement_checks(
    vendor: Vendor, partitions: dg.PartitionsDefinition[str]
) -> list[dg.AssetChecksDefinition]:
    """A blocking check by day for every agreement of a vendor."""
    return [_agreement_check(vendor, agreement, partitions) for agreement in vendor.agreements]


def _agreement_check(
    vendor: Vendor, agreement: Agreement, partitions: dg.PartitionsDefinition[str]
) -> dg.AssetChecksDefinition:
    keys = [dg.AssetKey([vendor.name, endpoint]) for endpoint in agreement.counts]
    with no_preview_warning():
        spec = dg.AssetCheckSpec(
            agreement.name,
            asset=keys[0],
            additional_deps=keys[1:],
            description=agreement.sentence,
            blocking=True,
            partitions_def=partitions,
        )

    @dg.multi_asset_check(name=f"{vendor.name}__{agreement.name}", specs=[spec], can_subset=True)
    def check(
        context: dg.AssetCheckExecutionContext, platform: PlatformResource
    ) -> Iterator[dg.AssetCheckEvaluation | dg.Output[None]]:
        lake = platform.lake()
        for key in context.partition_keys:
            finding = compare_counts(vendor, agreement, lake, date.fromisoformat(key))
            yield dg.AssetCheckEvaluation(
                asset_key=keys[0],
                check_name=agreement.name,
                passed=finding.passed,
                description=finding.words,
                metadata=finding.metadata,
                partition=key,
                blocking=True,
            )
        yield dg.Output(None, output_name=spec.get_python_identifier())  # steps behind it wait

    return check


def compare_counts(vendor: Vendor, agreement: Agreement, lake: Lake, day: date) -> Finding:
    """Compare the counts of a day; a table that is not loaded for a tenant is left out."""
    counted: dict[str, dict[str, int]] = {}
    with duckdb.connect() as connection:
        for endpoint, aggregate in agreement.counts.items():
            for tenant, count in _counts(connection, vendor, endpoint, aggregate, lake, day):
                counted.setdefault(tenant, {})[endpoint] = count
    differing = [
        f"{tenant}: " + ", ".join(f"{endpoint} {n}" for endpoint, n in counts.items())
        for tenant, counts in sorted(counted.items())
        if len(set(counts.values())) > 1
    ]
    metadata: dict[str, int | float | str] = {
        f"{endpoint} {tenant}": n
        for tenant, counts in sorted(counted.items())
        for endpoint, n in counts.items()
    }
    compared = sum(len(counts) > 1 for counts in counted.values())
    words = f"{compared} tenants compared, all counts agree"
    if differing:
        words = f"{'; '.join(differing)}. Load the day again; the vendor may still have changed it"
    return Finding(agreement.name, passed=not differing, words=words, metadata=metadata)


def _counts(  # noqa: PLR0913, PLR0917  what a count is made of
    connection: duckdb.DuckDBPyConnection,
    vendor: Vendor,
    endpoint_name: str,
    aggregate: str,
    lake: Lake,
    day: date,
) -> list[tuple[str, int]]:
    """The count of every tenant that has a file of the day."""
    endpoint = next(e for e in vendor.endpoints if e.name == endpoint_name)
    folder = lake.file(endpoint_table(vendor, endpoint), day, "").parent
    counts = []
    for path in sorted(folder.glob("*.parquet")):
        found = connection.execute(
            f"SELECT coalesce({aggregate}, 0)::BIGINT "
            f"FROM read_parquet({literal(str(path))}, hive_partitioning = false)"
        ).fetchone()
        assert found is not None  # noqa: S101  an aggregate without groups has one row
        counts.append((unquote(path.stem), int(found[0])))
    return counts
