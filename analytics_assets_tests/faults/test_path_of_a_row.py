"""How many modules a reader must know to follow a row from the wire to the lake."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import analytics_assets
from analytics_assets.ingest.http.client import Api
from analytics_assets.lake.staging import Staging
from analytics_assets_tests.faults import hostile

_ROOT = f"{Path(analytics_assets.__file__).parent}/"
_FEWER_THAN = 25


class Walk:
    """The modules of ours that are entered, in order, while it is watching."""

    def __init__(self) -> None:
        self.modules: list[str] = []
        self.watching = False

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and self.watching:
            name = frame.f_code.co_filename
            if name.startswith(_ROOT) and name.removeprefix(_ROOT) not in self.modules:
                self.modules.append(name.removeprefix(_ROOT))


def test_a_row_goes_through_few_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wants to know what happens to a row would have to read half of the platform."""
    walk, send, publish = Walk(), Api._send, Staging.publish

    def sent(api: Api, request: Any, *rest: Any) -> Any:
        answer = send(api, request, *rest)
        walk.watching = "raw" in request.path  # from the received bytes
        return answer

    def published(staging: Staging, moves: Any, removals: Any = ()) -> None:
        steps = list(moves)
        publish(staging, steps, removals)
        if len(steps) > 1:  # to the published file
            walk.watching = False

    monkeypatch.setenv("SEALMETRICS_SITE_IDS", "aaa")
    monkeypatch.setattr(hostile, "DAYS", hostile.DAYS[:1])
    with hostile.hostile_vendor() as vendor:
        loads = hostile.Loads(vendor, tmp_path, monkeypatch)
        loads.load()  # what is done once in a process is done
        monkeypatch.setattr(Api, "_send", sent)
        monkeypatch.setattr(Staging, "publish", published)
        before = sys.getprofile()
        threading.setprofile(walk)
        sys.setprofile(walk)
        try:
            loaded = loads.load()
        finally:
            sys.setprofile(before)
            threading.setprofile(None)
    assert loaded.rows() == [(hostile.SALES,)]
    assert {"ingest/http/client.py", "ingest/publish.py", "lake/staging.py"} <= {*walk.modules}
    assert len(walk.modules) < _FEWER_THAN, walk.modules
