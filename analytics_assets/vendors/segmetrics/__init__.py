"""SegMetrics: contacts with their journeys, orders of every kind, and ad performance, by account.

A journey holds rows of any date: it is stored under the report day that fetched it, and the latest
load of a contact, as a whole, is what holds now. Reports are asked for one day per call, and what
day the answer covers is read back from it.

Custom fields whose names suggest personal data (phone, address, birth, name and the like) are
hashed. The data query asks what `segmetrics.queries` of `analytics.toml` names.

`writes.py` holds the import API and the tracking host: amounts are whole cents, and only what the
vendor documents as an upsert by id is sent twice. Nothing that is loaded here writes.

Amounts of the reporting API have no documented unit: they are kept as sent, and
`segmetrics.amounts` of `analytics.toml` says whether they are minor units. The vendor documents no
rate limit; 60 requests a minute are assumed. A page holds 100 contacts at most.

Documentation: https://developers.segmetrics.io
"""
