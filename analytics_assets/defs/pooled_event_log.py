"""Dagster's SQLite event log with its connections kept open.

Dagster opens a connection, compiles its SQL and looks which tables and columns there are, anew for
every statement, several times for each event. With 30 days of every endpoint that is most of the
demo's work: without this class 30 days take 185 s of processor time instead of 104 s (on two busy
cores). The files are the same; Dagster's own class reads them as well.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine

from analytics_assets.defs.dagster_private import ConfigurableClassData, SqliteEventLogStorage

_OPEN_FILES = 8  # one per run in progress, and the index
_BUSY_SECONDS = 60


def _without_waiting_for_the_disk(connection: sqlite3.Connection, _: object) -> None:
    """A power cut may cost the last events of a demonstration; a killed process costs none."""
    connection.execute("PRAGMA synchronous = OFF")


class PooledSqliteEventLogStorage(SqliteEventLogStorage):
    """The event log of one folder, with an open connection to each of the files in use."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Open the log below `base_dir`."""
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._present: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> PooledSqliteEventLogStorage:
        """Make it from `dagster.yaml`."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            address = self.conn_string_for_shard(shard)
            engine = create_engine(address, connect_args={"timeout": _BUSY_SECONDS})
            event.listen(engine, "connect", _without_waiting_for_the_disk)
            self._engines[shard] = engine
        self._engines.move_to_end(shard)
        if len(self._engines) > _OPEN_FILES:
            self._engines.popitem(last=False)[1].dispose()
        return self._engines[shard]

    def has_table(self, table_name: str) -> bool:
        """Whether there is a table; what is there stays."""
        look = super().has_table
        return self._remembered(table_name, lambda: look(table_name))

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        look = super()._has_asset_key_col_on_connection
        return self._remembered(f"asset_keys.{column_name}", lambda: look(conn, column_name))

    def _remembered(self, name: str, look: Callable[[], bool]) -> bool:
        if name not in self._present and look():
            self._present.add(name)
        return name in self._present

    def dispose(self) -> None:
        """Close every connection."""
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()
