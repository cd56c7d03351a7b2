"""Wemasy: sessions of visitors who gave consent, with their conversions, by project.

The token decides which project is read. Times are local times of the project without an offset, in
a zone that the vendor does not state: `WEMASY_TIMEZONE`. A session belongs to the local day on
which it starts, and its conversions and visits belong to that day too.

Limits that the vendor documents: 60 requests a minute. Conversions and visits are asked for by
session id. The fields of sessions, conversions and visits are not documented: those declared are
the ones that the request parameters name or that are plausible, and all others are in `_extra`.

Documentation: https://api.wemasy.nl/docs
"""
