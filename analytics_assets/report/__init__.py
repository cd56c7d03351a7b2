"""The report: what the cross-vendor tables say, as a page and as rows for a terminal."""
