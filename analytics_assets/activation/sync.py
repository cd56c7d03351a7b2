"""One sync: the mapping's rows, the plan, and, where it is approved, sending it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from analytics_assets.activation.kinds import KINDS, SWITCHES, Kind
from analytics_assets.activation.ledger import Ledger, activation_lock
from analytics_assets.activation.plan import SAVES, Plan, make_plan
from analytics_assets.activation.rows import RowChecker
from analytics_assets.activation.send import Sender, Sent, tasks
from analytics_assets.activation.sources import Mapping, create_source, mapping_of
from analytics_assets.activation.tables import GROUP
from analytics_assets.errors import ConfigurationError
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.warehouse import open_warehouse
from analytics_assets.privacy.forgotten import read_forgotten
from analytics_assets.privacy.hashing import Privacy
from analytics_assets.settings import AnalyticsConfig
from analytics_assets.vendors.segmetrics.writes import SegMetricsWriter

SWITCH = "ACTIVATION_ENABLED"


@dataclass(frozen=True)
class Workplace:
    """The resources that every sync needs; the lake is prepared and the warehouse built."""

    lake: Lake
    warehouse: Path
    privacy: Privacy
    config: AnalyticsConfig
    target: str
    timezone: str
    run_id: str
    log: Callable[[str], object]


@dataclass(frozen=True)
class Planned:
    """A plan with the connection that holds it."""

    place: Workplace
    mapping: Mapping
    plan: Plan
    checker: RowChecker
    connection: duckdb.DuckDBPyConnection

    def send(self, writer: SegMetricsWriter, *, saves: bool, withdrawals: bool) -> Sent:
        """Take back what the plan says, then create and change what it says.

        Raises:
            AnalyticsError: nothing more can be sent.
        """
        place, plan = self.place, self.plan
        if not plan.count(*(SAVES if saves else ()), *(["withdraw"] if withdrawals else ())):
            return Sent()
        with duckdb.connect() as writing:
            place.privacy.install(writing)
            ledger = Ledger(
                place.lake,
                place.privacy,
                place.target,
                plan.kind.name,
                self.mapping.fingerprint,
                place.run_id,
                writing,
                plan.last_sequence,
            )
            workers = place.config.activation.workers
            sender = Sender(plan.kind, writer, ledger, workers, place.log)
            if withdrawals:
                work = tasks(self.connection, self.checker, "withdraw")
                sender.send("withdraw", plan.count("withdraw"), work)
            if saves:
                work = tasks(self.connection, self.checker, "save")
                sender.send("save", plan.count(*SAVES), work)
        return sender.sent


@contextmanager
def planned(
    place: Workplace, kind: Kind, *, sending: bool, undo: bool = False
) -> Iterator[Planned]:
    """Read and check the source of a kind, and compare it with the ledger; nothing is sent yet.

    Args:
        place: where it is done.
        kind: what is planned.
        sending: whether it may be sent: then no other process may send meanwhile.
        undo: plan to take back everything that was ever sent.

    Raises:
        ConfigurationError: the mapping's query fails.
        LakeError: another process is sending.
        MappingRefusedError: rows cannot be sent.
    """
    mapping = mapping_of(kind, place.config)
    forgotten = read_forgotten(place.lake, place.privacy)
    checker = RowChecker(
        kind,
        place.privacy,
        forgotten,
        timezone=place.timezone,
        personal_data=mapping.source.personal_data,
        identify_by_email=place.config.segmetrics.identify_parameters == "original",
        undo=undo,
    )
    folder = Path(place.config.imports.folder)
    with ExitStack() as stack:
        if sending:
            stack.enter_context(activation_lock(place.lake))
        connection = stack.enter_context(open_warehouse(place.warehouse))
        rows = create_source(connection, mapping, folder, place.target)
        plan = make_plan(connection, mapping, checker, rows, place.target)
        yield Planned(place, mapping, plan, checker, connection)


def target_name(import_url: str, account_id: str, integration_id: str) -> str:
    """How the ledger names what is written to."""
    return f"{urlsplit(import_url).netloc}/{account_id}/{integration_id}"


def enabled(switches: list[str]) -> set[str]:
    """The kinds, and `deletes`, that ACTIVATION_ENABLED lists.

    Raises:
        ConfigurationError: it lists something else.
    """
    if unknown := [name for name in switches if name not in SWITCHES]:
        what = f"{SWITCH} lists {unknown[0]!r}"
        raise ConfigurationError(what, todo=f"Use some of: {', '.join(SWITCHES)}")
    return set(switches)


def kind_named(name: str) -> Kind:
    """The kind of that name.

    Raises:
        ConfigurationError: there is none.
    """
    for kind in KINDS:
        if kind.name == name:
            return kind
    what = f"there is no kind of object {name!r} in {GROUP}"
    raise ConfigurationError(what, todo=f"Use one of: {', '.join(kind.name for kind in KINDS)}")
