"""SealMetrics, current API: cookieless counts of visits and conversions, by site.

Dates are local days of the site; every site states its own time zone. Yesterday's numbers are
complete after the site's midnight, and are asked for again for a few days because late hits arrive.

Limits that the vendor documents: 31 days and 10,000 rows per page on `/stats/conversions/raw`, 100
rows per page on `/stats/conversions`, two years of raw rows. Requests per minute follow the plan
(Growth: 240); an API key has half of that on `/stats/*`. Rows before 2026-05-03 carry the full
hour.

Overview: https://docs.sealmetrics.com/api
"""
