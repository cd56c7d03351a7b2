"""Compares our list of GA4 source categories with a newer one.

    python scripts/compare_source_categories.py NEWER

NEWER is the text of Google's list (`pdftotext -layout` of the PDF that
https://support.google.com/analytics/answer/9756891 links to), or a CSV of `source,category`: a name
and its `SOURCE_CATEGORY_...` in each line. Prints what is new, gone and of another category; the
exit code is 1 if there is anything.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

from analytics_assets.attribution import channels
from analytics_assets.attribution.channels.sources import GA4_LIST

_LINE = re.compile(r"^\s*(.+?)[\s,]+SOURCE_CATEGORY_([A-Z]+)\s*$", re.MULTILINE)


def published(text: str) -> dict[str, str]:
    """The category of each name in the text of a list."""
    return {name.strip().lower(): category.lower() for name, category in _LINE.findall(text)}


def ours() -> dict[str, str]:
    """The category of each name in our file."""
    path = Path(str(channels.__path__[0])) / GA4_LIST
    lists = tomllib.loads(path.read_text("utf-8"))
    return {
        name: category
        for category, names in lists.items()
        if isinstance(names, list)
        for name in names
    }


def differences(known: dict[str, str], newer: dict[str, str]) -> list[str]:
    """A line for each name that the two lists do not share, or have under two categories."""
    return [
        *(f"new: {name} ({newer[name]})" for name in sorted(newer.keys() - known.keys())),
        *(f"gone: {name} ({known[name]})" for name in sorted(known.keys() - newer.keys())),
        *(
            f"changed: {name} ({known[name]} -> {newer[name]})"
            for name in sorted(known.keys() & newer.keys())
            if known[name] != newer[name]
        ),
    ]


def main() -> int:
    """The exit code: 0 where the lists are equal."""
    if len(sys.argv) != 2:  # noqa: PLR2004  the script and the file
        sys.stderr.write(f"{__doc__}\n")
        return 2
    newer = published(Path(sys.argv[1]).read_text("utf-8"))
    found = differences(ours(), newer)
    sys.stdout.write("\n".join([f"{len(newer)} names in the newer list", *found, ""]))
    return int(bool(found) or not newer)


if __name__ == "__main__":
    raise SystemExit(main())
