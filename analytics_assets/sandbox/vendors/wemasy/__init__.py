"""Wemasy's API, as documented, over the synthetic world."""
