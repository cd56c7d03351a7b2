"""Activation: what the platform knows, sent to SegMetrics as a diff against a ledger."""
