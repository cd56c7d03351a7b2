"""Imports: what no vendor knows, from CSV files that the user keeps.

`ad_spend.csv` (what ads cost), `orders.csv` (sales of another shop or till) and
`currency_rates.csv` are in the folder that `[imports] folder` of `analytics.toml` names, by
default `imports`. Each materialisation reads a file whole and records it as today's state, so that
a corrected or removed line counts for every day. A file that is not there is a table without rows.

A file is UTF-8 text with a line of column names, separated by commas, semicolons or tabs
(https://www.rfc-editor.org/rfc/rfc4180). Amounts are in whole currency with a decimal point.
Columns that are not declared are kept in `_extra`; a line that cannot be read is kept in
`ops.rejected_rows`.
"""
