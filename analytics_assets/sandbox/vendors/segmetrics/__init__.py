"""SegMetrics' reporting, import and tracking APIs, as documented, over the synthetic world."""
