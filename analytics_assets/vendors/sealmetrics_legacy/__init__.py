"""SealMetrics, legacy API: the single microconversions and conversions of an account.

The vendor runs it until its shutdown; accounts and tokens are not those of the current API. Rows
carry a local date and no time. It pages by `skip` and `limit` (at most 100) and states no total.

The vendor's statements on the rate differ: 60 requests a minute, one a minute, one a day. One a
minute is the default here, so many days are asked for in one request.

Documentation: https://help.sealmetrics.com/en/articles/11125290-microconversions-endpoint
"""
