"""SealMetrics' current API, as documented, over the synthetic world."""
