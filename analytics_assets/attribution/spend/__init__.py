"""The cost of ads and the value of customers: spend, the audit of its tags, cohorts, exports.

Every table is one SQL file of this folder; `steps` runs them on a connection to the warehouse
where touchpoints, identities and conversions are computed already, `tables` describes their
columns, `exports` writes files for other tools.
"""
