"""Session Story: visitors, sessions and sales as a script in the page sees them, by site.

Every call is asked for one local day, `[00:00, next 00:00)` with the zone's offset, because the
vendor documents neither its default period nor whether its end is included.

The vendor documents no rate limit; 60 requests a minute are assumed. It documents no item keys of
the breakdowns and no time zone: `SESSION_STORY_TIMEZONE`.

Documentation: https://www.sessionstory.io/documentation/api
"""
