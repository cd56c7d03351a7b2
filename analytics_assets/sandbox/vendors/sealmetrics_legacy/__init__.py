"""SealMetrics' legacy API, as documented, over the synthetic world."""
