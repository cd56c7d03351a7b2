"""The whole deployment, as people run it: its programs, its user interface, its storage."""
