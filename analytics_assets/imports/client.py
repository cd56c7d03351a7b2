"""Reads the user's CSV files as rows; plain Python."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import date, tzinfo
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

import msgspec

from analytics_assets.errors import ConfigurationError
from analytics_assets.ingest.declare import Fetch, Tenant, Window
from analytics_assets.ingest.fields import INSTANT, LOCAL_DATE, Column, Row, columns_of
from analytics_assets.ingest.http.answers import Traffic
from analytics_assets.ingest.http.bodies import Bounds
from analytics_assets.ingest.http.memory import AnswerMemory
from analytics_assets.ingest.http.paging import Page
from analytics_assets.keys import day_of, instant_of, order_key

TENANT = "imports"
_ROWS_PER_PAGE = 10_000
_SEPARATORS = ",;\t"
_LINE = "line"


class ImportsClient:
    """The files of one folder.

    Args:
        timezone: the zone of instants without an offset.
        hides_personal_data: whether e-mail addresses can be hashed, or may be kept.
    """

    def __init__(self, timezone: str, *, hides_personal_data: bool) -> None:
        self.traffic = Traffic()
        self.memory = AnswerMemory()
        self.bounds = Bounds()
        self._timezone = timezone
        self._hides_personal_data = hides_personal_data

    def tenants(self) -> Sequence[Tenant]:
        """The folder, as the one tenant."""
        return [Tenant(TENANT, self._timezone)]

    def close(self) -> None:
        """Nothing is held open."""

    def rows(self, window: Window, name: str, model: type[Row]) -> Iterator[Page]:
        """All rows of the file `<name>.csv`.

        Raises:
            ConfigurationError: the file cannot be read, lacks a column, has a line with more cells
                than columns, or has personal data and there is no key to hash it with.
        """
        path = Path(window.config.imports.folder) / f"{name}.csv"
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                zone = ZoneInfo(self._timezone)
                rows = self._allowed(path, model, _records(path, file, model, zone))
                for some in _in_batches(rows):
                    yield Page([msgspec.json.encode(row) for row in some])
        except FileNotFoundError:
            yield Page([], note=f"there is no {path}")
        except UnicodeDecodeError:
            what = f"{path} is not UTF-8 text"
            raise ConfigurationError(what, todo="Save it as UTF-8") from None
        except (OSError, csv.Error) as error:
            what = f"{path} cannot be read: {error}"
            raise ConfigurationError(what, todo="Correct the file or remove it") from None

    def _allowed(
        self, path: Path, model: type[Row], rows: Iterator[dict[str, str | int]]
    ) -> Iterator[dict[str, str | int]]:
        personal = {column.source for column in columns_of(model) if column.type.personal}
        for row in rows:
            if not self._hides_personal_data and (found := personal & row.keys()):
                what = f"{path} has {', '.join(sorted(found))}, and ANALYTICS_PII_KEY is not set"
                raise ConfigurationError(what, todo="Set it, or empty that column")
            yield row


def fetch_file(name: str, model: type[Row]) -> Fetch:
    """How the file `<name>.csv` is read."""
    return partial(ImportsClient.rows, name=name, model=model)


def _in_batches(
    rows: Iterator[dict[str, str | int]],
) -> Iterator[tuple[dict[str, str | int], ...]]:
    while some := tuple(islice(rows, _ROWS_PER_PAGE)):
        yield some


def _records(
    path: Path, file: TextIO, model: type[Row], zone: tzinfo
) -> Iterator[dict[str, str | int]]:
    """The lines by column, without empty cells and empty lines."""
    readers = {column.source: _reader(column, zone) for column in columns_of(model)}
    header = file.readline()
    separator = max(_SEPARATORS, key=header.count)
    names = [_column_name(cell) for cell in next(csv.reader([header], delimiter=separator), [])]
    required = {c.source for c in columns_of(model) if c.required} - {_LINE}
    if missing := sorted(required - set(names)):
        what = f"{path} has no column {', '.join(missing)}"
        raise ConfigurationError(what, todo=f"Its first line must name {', '.join(required)}")
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        what = f"{path} has the column {', '.join(twice)} twice"
        raise ConfigurationError(what, todo="Rename or remove one of them")
    reader = csv.reader(file, delimiter=separator, strict=True)
    for cells in reader:
        line = reader.line_num + 1  # the line of names was read before
        if any(cell.strip() for cell in cells[len(names) :]):
            what = f"{path} line {line} has {len(cells)} cells for {len(names)} columns"
            raise ConfigurationError(what, todo="Put cells with a separator in double quotes")
        row: dict[str, str | int] = {
            name: value
            for name, cell in zip(names, cells, strict=False)
            if (value := readers.get(name, str.strip)(cell))
        }
        if row:
            yield {**row, _LINE: line}


def _reader(column: Column, zone: tzinfo) -> Callable[[str], str | None]:
    """How a cell of a column is read; one that cannot be read so stays, and is rejected."""
    if column.source == "order_id":
        return order_key  # `#1001` and, corrected further down, `1001` are one order
    if column.type is INSTANT:
        return partial(_as_written_by_iso, partial(instant_of, zone=zone))
    return partial(_as_written_by_iso, day_of) if column.type is LOCAL_DATE else str.strip


def _as_written_by_iso(read: Callable[[str], date | None], cell: str) -> str | None:
    try:
        found = read(cell)
    except ValueError:
        return cell.strip()
    return found.isoformat() if found else None


def _column_name(cell: str) -> str:
    """A column's name as declared, however it is spelt: `Ad set` is `ad_set`."""
    return "_".join(cell.strip().lower().replace("-", " ").split())
