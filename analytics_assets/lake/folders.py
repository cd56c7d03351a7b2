"""Folders of the lake that hold no table, and the names of files in them; each begins with `_`."""

from __future__ import annotations

STAGING = "_staging"
"""Files of loads under way."""
PARTIAL = "_partial"
"""Days that a broken load has finished, and the answers that it was given."""
ANSWERS_SUFFIX = ".answers"
"""Ends the name of a file of remembered answers."""
ANSWERS_FRESH_SECONDS = 3600.0
"""Older answers may show another state of the vendor than the next ones."""
