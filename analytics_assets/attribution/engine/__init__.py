"""How the cross-vendor tables are computed, compared with what is published, and published."""
