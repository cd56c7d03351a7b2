"""The lake's marker: of which kind it is, which layout it has, and whose key its hashes are of."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from analytics_assets.errors import LakeError

Kind = Literal["sandbox", "live"]

MARKER = "_lake.json"
LAYOUT_VERSION = 1
"""The layout of the lake that this code writes; code that knows only an older one refuses."""


@dataclass(frozen=True)
class Marker:
    """The content of the marker file.

    Attributes:
        kind: whether the data is of a vendor sandbox or of live vendors.
        version: the layout of the lake.
        key_check: the fingerprint of ANALYTICS_PII_KEY; empty before the first hashed load.
    """

    kind: Kind
    version: int = LAYOUT_VERSION
    key_check: str = ""

    def text(self) -> str:
        """The marker as it is written."""
        return json.dumps(asdict(self))


def read_marker(root: Path) -> Marker | None:
    """The marker of a lake; None where nothing was written yet.

    Raises:
        LakeError: it cannot be read, or the lake was written by a newer version of this code.
    """
    path = root / MARKER
    try:
        found = json.loads(path.read_bytes())
        marker = Marker(found["kind"], int(found["version"]), str(found.get("key_check") or ""))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        what = f"the lake's marker {path} cannot be read: {error.strerror}"
        raise LakeError(what, todo="Check the disk and the folder's rights") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        marker = None
    if marker is None or marker.kind not in ("sandbox", "live"):
        example = '{"kind": "live", "version": 1}'
        what = f"the lake's marker {path} is damaged"
        raise LakeError(what, todo=f"Write {example} into it, or sandbox for live") from None
    if marker.version > LAYOUT_VERSION:
        what = (
            f"the lake {root} was written by a newer version of analytics-assets "
            f"(layout {marker.version}, this one knows {LAYOUT_VERSION})"
        )
        raise LakeError(what, todo="Update analytics-assets here")
    return marker
