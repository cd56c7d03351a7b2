"""The tables that say which shops there are, for tests that make only what they need."""

from __future__ import annotations

import re
from pathlib import Path

from analytics_assets.attribution import shops

_FOLDER = Path(shops.__file__).parent
TABLES_OF_SHOPS = {
    name
    for file in _FOLDER.glob("*.sql")
    for name in re.findall(r"(?:FROM|JOIN) (\w+\.\w+)", file.read_text(encoding="utf-8"))
}
"""As `schema.table`."""
