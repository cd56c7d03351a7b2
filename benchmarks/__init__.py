"""How fast the platform is, beside what is possible and beside others; nothing imports this.

`python -m benchmarks` (or `make bench`) starts a local vendor in a process of its own and lets
every contender load the same rows from it, each in a fresh process, in turns. Ratios are taken
within a turn, so that a machine that slows down slows down all of them.
"""
