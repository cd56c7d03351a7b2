"""The kind world stays as it is: the demo, its pictures and many tests rest on its content."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from analytics_assets_tests.sandbox.conftest import STORY, everything_of_a_day

if TYPE_CHECKING:
    from analytics_assets_tests.sandbox.conftest import Sandbox

DAY = "2026-05-10"
DIGEST = "5b3363cb67ebe45ad1bd7a1987ef927780e770b718f27a8397f5e109f095d34c"


def test_the_kind_world_is_byte_equal_to_the_one_that_was_published(sandbox: Sandbox) -> None:
    """Failure: a change for the nasty world moves every number of the demo."""
    served = everything_of_a_day(sandbox, DAY)
    del served["truth"]  # may learn to say more
    visitors = sandbox.get(f"{STORY}/sites/abc123/visitors").json()["data"]
    served["session_story"] = [
        sandbox.get(f"{STORY}/visitors/{visitor['id']}/sessions").json() for visitor in visitors
    ]
    text = json.dumps(served, sort_keys=True, ensure_ascii=False)
    assert sha256(text.encode()).hexdigest() == DIGEST
