"""The looks of `analytics-assets doctor` at settings, vendors and the lake; they change nothing."""
