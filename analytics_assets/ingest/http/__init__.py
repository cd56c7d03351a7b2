"""The only HTTP client: requests, answers, errors, limits, paging and remembered answers."""
