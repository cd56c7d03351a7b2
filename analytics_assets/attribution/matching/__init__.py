"""What the vendors recorded of the same conversion, put together one to one.

`steps` runs the SQL files that bring every vendor's records into one shape, find repeats and score
pairs; `assign` decides which pairs hold; `tables` says what the columns mean.
"""
