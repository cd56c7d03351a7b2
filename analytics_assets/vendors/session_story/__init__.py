"""Session Story: visitors, sessions and sales as a script in the page sees them, by site.

Every call is asked for one local day, `[00:00, next 00:00)` with the zone's offset, because the
vendor documents neither its default period nor whether its end is included.
Scroll depth, the engagement funnel and event data keys have no dates: they are daily snapshots.

A session belongs to the local day on which it begins, its events follow it, and a visitor belongs
to every day with a session. The vendor lists visitors by the time they were last seen and has no
dates for sessions and events: one crawl for a whole range reads back as far as its oldest day, and
asks for the sessions of those visitors only, which is one request for each, and for the events,
which is one for each session.

The vendor documents no rate limit; 60 requests a minute are assumed. It documents no item keys of
the breakdowns, no fields of visitors, sessions and events, and no time zone:
`SESSION_STORY_TIMEZONE`.

Documentation: https://www.sessionstory.io/documentation/api
"""
