"""SealMetrics, legacy API: single conversions and microconversions of an account, and reports.

The vendor runs it until its shutdown; accounts and tokens are not those of the current API. Events
carry a local date and no time. It pages by `skip` and `limit` (at most 100, except for pages) and
states no total.

The vendor's statements on the rate differ: 60 requests a minute, one a minute, one a day. One a
minute is the default here, so many days are asked for in one request where rows carry a date.
Acquisition, pages and funnel carry none: they take one day and one kind of report per request.

Documentation: https://help.sealmetrics.com/en/articles/11125290-microconversions-endpoint
"""
