"""Cross-vendor tables: the vendors' stories about the same visits and sales, side by side."""
