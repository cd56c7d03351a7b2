"""A shop with its own sources, and the sandbox that they are sent to over a socket."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from analytics_assets.activation.connection import open_workplace
from analytics_assets.activation.kinds import KINDS
from analytics_assets.activation.plan import Plan
from analytics_assets.activation.send import Sent
from analytics_assets.activation.sync import Workplace, kind_named, planned
from analytics_assets.defs.resources import PlatformResource, WarehouseResource
from analytics_assets.lake.warehouse import open_warehouse
from analytics_assets.settings import Activation, ActivationSource, AnalyticsConfig, SegMetrics
from analytics_assets.tables import all_tables
from analytics_assets.vendors.segmetrics.resource import SegMetricsResource
from analytics_assets.vendors.segmetrics.writes import SegMetricsWriter
from analytics_assets_tests.vendors.support import Sandbox

Row = dict[str, Any]


@dataclass
class Shop:
    """Sources by kind, a lake, and a way to sync; the sources are files of rows as JSON."""

    folder: Path
    sandbox: Sandbox
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    identify_parameters: str = "original"
    workers: int = 4
    log: Callable[[str], object] = str

    def source(self, kind: str, rows: Iterable[Row], columns: str = "*", **settings: Any) -> None:
        """Let the rows of a kind come from here, as JSON with the types of `columns`."""
        file = self.folder / f"{kind}.json"
        with file.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(row, default=str) + "\n" for row in rows)
        sql = self.folder / f"{kind}.sql"
        read = f"read_json('{file}', format = 'newline_delimited', sample_size = -1, {_OPTIONS})"
        sql.write_text(f"SELECT {columns} FROM {read}", encoding="utf-8")
        self.settings[kind] = {"sql": str(sql), "personal_data": True, **settings}

    def query(self, kind: str, sql: str, **settings: Any) -> None:
        """Let the rows of a kind come from a query."""
        file = self.folder / f"{kind}.sql"
        file.write_text(sql, encoding="utf-8")
        self.settings[kind] = {"sql": str(file), "personal_data": True, **settings}

    def config(self) -> AnalyticsConfig:
        """The settings as `analytics.toml` would hold them."""
        sources = {n: ActivationSource.model_validate(s) for n, s in self.settings.items()}
        activation = Activation.model_validate({"workers": self.workers, **sources})
        segmetrics = SegMetrics.model_validate({"identify_parameters": self.identify_parameters})
        return AnalyticsConfig(activation=activation, segmetrics=segmetrics)

    def workplace(self) -> Workplace:
        """The workplace that the environment makes, with these settings."""
        place = open_workplace(
            PlatformResource(),
            WarehouseResource(),
            SegMetricsResource(),
            all_tables(),
            "run",
            self.log,
        )
        config = self.config()
        imports = config.imports.model_copy(update={"folder": str(self.folder)})
        return Workplace(
            **{**vars(place), "config": config.model_copy(update={"imports": imports})}
        )

    def plan(self, kind: str, *, undo: bool = False) -> Plan:
        """What would be sent."""
        with planned(self.workplace(), kind_named(kind), sending=False, undo=undo) as found:
            return found.plan

    def sync(self, kind: str, *, undo: bool = False, deletes: bool = True) -> tuple[Plan, Sent]:
        """Plan and send; what the limits say holds."""
        place, declared = self.workplace(), kind_named(kind)
        with planned(place, declared, sending=True, undo=undo) as found:
            withdrawals = deletes or not declared.deletes
            found.plan.refuse_large(saves=True, withdrawals=withdrawals)
            writer = self.writer(place)
            try:
                return found.plan, found.send(writer, saves=not undo, withdrawals=withdrawals)
            finally:
                writer.close()

    def sync_all(self) -> None:
        """Sync every kind that has a source here, and delete at the end."""
        for kind in KINDS:
            if kind.name in self.settings:
                self.sync(kind.name, deletes=False)
        for kind in reversed(KINDS):
            if kind.deletes and kind.name in self.settings:
                self.sync(kind.name)

    def writer(self, place: Workplace) -> SegMetricsWriter:
        """The writer of the environment, which does not wait between attempts."""
        writer = SegMetricsResource().open_writer(place.config.segmetrics.identify_parameters)
        for api in (writer._import, writer._track):
            api.sleep = lambda _: None
        return writer

    @contextmanager
    def the_vendor_lost(self, path: str) -> Iterator[None]:
        """Delete an object behind the platform's back."""
        environment = self.sandbox.environment
        names = ("ACCOUNT_ID", "INTEGRATION_ID")
        account, integration = (environment[f"SEGMETRICS_{name}"] for name in names)
        url = f"{environment['SEGMETRICS_IMPORT_BASE_URL']}/{account}/{integration}/{path}"
        key = {"Authorization": environment["SEGMETRICS_API_KEY"]}
        httpx.delete(url, headers=key).raise_for_status()
        yield

    def written(self) -> Row:
        """What the vendor holds."""
        found: Row = self.sandbox._control("GET", "segmetrics")
        return found

    def requests(self) -> int:
        """How many writes the vendor has been asked for."""
        return sum(self.written()["requests"].values())

    def ledger(self, columns: str = "*", view: str = "sent") -> list[tuple[Any, ...]]:
        """The ledger as anybody sees it in the warehouse."""
        with open_warehouse(WarehouseResource().path) as connection:
            query = f"SELECT {columns} FROM activation.{view} ORDER BY sequence"
            return connection.execute(query).fetchall()


_OPTIONS = "maximum_depth = -1, convert_strings_to_integers = false"
