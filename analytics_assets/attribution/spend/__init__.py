"""What ads cost and what customers are worth: spend, the audit of its tags, cohorts, exports.

Every table is one SQL file of this folder; `steps` runs them on a connection to the warehouse
where touchpoints, identities and conversions are computed already, `tables` says what their columns
mean, `exports` writes files for other tools.
"""
