"""A snapshot: hard links to every file of the lake as they are at one moment.

A reader that opens a file by its name twice may meet two files, because a published one is replaced
whole. Links of its own keep their content for as long as it reads, and show all tables of one
moment: they are made while nobody publishes. They are removed with the reader, or by the next one
if it was killed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analytics_assets.lake.folders import STAGING
from analytics_assets.lake.lake import Lake, publication_lock
from analytics_assets.lake.staging import lake_errors

_SNAPSHOT = "snapshot"
_WORKING = "_"


@contextmanager
def snapshot(lake: Lake) -> Iterator[Path]:
    """The root of a snapshot, which has the folders of the lake.

    Raises:
        LakeError: the lake cannot be written, or its file system has no hard links.
    """
    with lake.working_folder() as folder:
        place = folder / _SNAPSHOT
        with publication_lock(lake, exclusive=True), lake_errors(lake.root):
            lake.recover()
            _link_tables(lake.root, place)
        yield place


def end_snapshots(lake: Lake) -> int:
    """Remove the snapshots of all readers, who then fail; returns how many there were.

    Somebody who is forgotten is in them until the reader has done.
    """
    places = [*(lake.root / STAGING).glob(f"*/{_SNAPSHOT}")]
    for place in places:
        shutil.rmtree(place, ignore_errors=True)
    return len(places)


def _link_tables(root: Path, place: Path) -> None:
    place.mkdir()
    for folder, below, files in os.walk(root):
        if Path(folder) == root:
            below[:] = [name for name in below if not name.startswith(_WORKING)]
            continue
        linked = place / Path(folder).relative_to(root)
        linked.mkdir()
        for name in files:
            if name.endswith(".parquet"):
                os.link(os.path.join(folder, name), linked / name)  # noqa: PTH118  many files
