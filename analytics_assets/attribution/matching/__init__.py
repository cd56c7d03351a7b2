"""Matches the vendors' records of the same conversion one to one.

`steps` runs the SQL files that bring every vendor's records into one shape, find repeats and score
pairs; `assign` decides which pairs hold; `tables` describes the columns.
"""
