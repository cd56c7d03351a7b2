"""What `analytics-assets doctor` looks at; nothing is changed by looking."""
