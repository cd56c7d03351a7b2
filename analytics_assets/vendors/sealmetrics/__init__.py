"""SealMetrics, current API: cookieless counts of visits and conversions, by site.

Dates are local days of the site; every site states its own time zone. Yesterday's numbers are
complete after the site's midnight, and are asked for again for a few days because late hits arrive.

Single events come from `/stats/.../raw`, at most 31 days and 10,000 rows per page at a time, two
years back; rows before 2026-05-03 carry the full hour. All breakdowns of a day come in one
`POST /batch` of at most 50 questions: the listings hold the bounce rate and further fields that
`POST /stats/query` does not know, and a batch counts as one request. The client offers `query` for
sums over many days. Conversions also come as a file, streamed up to 10,000 rows and made by a job
above that.

Requests per minute follow the plan (Growth: 240); an API key has half of that on `/stats/*`.

Overview: https://docs.sealmetrics.com/api
"""
