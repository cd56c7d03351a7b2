"""What SealMetrics documents: the FAQ whole, and of the specification what is asked for."""

from __future__ import annotations

from analytics_assets_tests.vendors.coverage import Documented, documented

_M = "test_sealmetrics::"
_B = "test_sealmetrics_breakdowns::"
_E = "test_sealmetrics_exports::"
_J = "test_sealmetrics_jobs::"
_F = "test_sealmetrics_files::"
_L = "test_sealmetrics_login::"
_ROWS = _M + "test_every_row_is_read_and_nothing_is_undeclared"
_REQUESTS = _M + "test_every_request_keeps_to_the_vendor_s_parameters_and_limits"
_EVENT = _M + "test_an_event_has_all_its_dimensions"
_STREAM = _E + "test_a_small_file_is_streamed"
_JOB = _E + "test_a_large_file_is_made_by_a_job"
_USER = _L + "test_a_user_reads_what_a_key_reads"
_DIMENSIONS = (
    "date hour timestamp_utc timestamp_local conversion_type country device_type browser os",
    "channel_group landing_page utm_source utm_medium utm_campaign utm_term utm_content",
    "properties",
)
_COUNTED = "entrances engaged_entrances page_views conversions revenue bounce_rate"

DOCUMENTED: list[Documented] = [
    # The FAQ
    *documented(
        "endpoint",
        _ROWS,
        "GET/sites GET/stats/conversions/raw GET/stats/conversions POST/batch POST/exports/stream",
    ),
    *documented("endpoint", _JOB, "POST/exports"),
    *documented("endpoint", _L + "test_a_login_asks_for_no_scope", "POST/auth/token"),
    *documented(
        "parameter",
        _M + "test_a_site_has_two_names_where_statistics_are_asked",
        "conversions/raw?site_id conversions/raw?account_id",
    ),
    *documented("parameter", _REQUESTS, "start_date end_date page_size", prefix="conversions/raw?"),
    *documented(
        "parameter",
        _M + "test_the_declared_window_is_the_longest_that_the_vendor_takes",
        "conversions/raw:31-days",
    ),
    *documented(
        "parameter",
        _M + "test_the_declared_page_is_the_longest_that_the_vendor_takes",
        "conversions/raw:page_size=10000",
    ),
    *documented("parameter", _STREAM, "X-API-Key Content-Type"),
    *documented("parameter", _STREAM, "exports/stream?account_id"),
    *documented(
        "parameter", _STREAM, "export_type format date_from date_to", prefix="exports/stream:"
    ),
    *documented("parameter", _JOB, "exports?account_id"),
    *documented("parameter", _E + "test_exports_take_json_and_other_types", "export_type=*"),
    *documented(
        "parameter", _B + "test_a_batch_names_the_site_as_the_faq_says", "batch:params.account_id"
    ),
    *documented("parameter", _L + "test_a_login_asks_for_no_scope", "auth/token:email"),
    *documented("parameter", _L + "test_a_login_asks_for_no_scope", "auth/token:password"),
    *documented("parameter", _USER, "Authorization"),
    *documented("field", _EVENT, *_DIMENSIONS, "amount clid", prefix="conversions/raw."),
    *documented(
        "field", _ROWS, "conversion_type count revenue avg_value", prefix="stats/conversions."
    ),
    *documented(
        "field", _STREAM, "date conversion_type amount properties", prefix="exports/stream."
    ),
    *documented("status", _STREAM, "exports/stream:200"),
    *documented("status", _JOB, "exports/stream:413 exports:201"),
    *documented(
        "status",
        _M + "test_exports_refuse_the_name_site_id",
        "exports/stream:400-site_id exports:400-site_id",
    ),
    *documented(
        "status",
        _E + "test_a_type_or_date_that_the_vendor_does_not_know_is_refused",
        "exports/stream:400-date exports/stream:422",
    ),
    *documented(
        "status",
        _M + "test_a_foreign_site_is_denied_with_a_hint",
        "stats:403 batch:403 exports:403",
    ),
    *documented("error", _JOB, "413:detail"),
    *documented(
        "error", _E + "test_a_quiet_day_is_an_empty_file_that_was_verified", "empty-file:no-rows"
    ),
    *documented(
        "error",
        _J + "test_an_empty_file_is_not_believed_where_conversions_are_counted",
        "empty-file:fault",
    ),
    *documented("error", _L + "test_a_wrong_password_names_the_variables", "auth/token:401"),
    # The specification
    *documented(
        "endpoint",
        _ROWS,
        "microconversions/raw conversion-items/raw microconversions overview mediums sources",
        "campaigns terms contents referrers channels pages landing-pages geo/countries devices",
        "browsers operating-systems funnel properties/keys",
        prefix="GET/stats/",
    ),
    *documented(
        "endpoint",
        _M + "test_a_query_gives_many_days_in_one_request",
        "POST/stats/query",
    ),
    *documented("endpoint", _JOB, "GET/exports GET/exports/{id} GET/exports/download/{token}"),
    *documented(
        "endpoint",
        _L + "test_a_token_that_ends_is_renewed_on_every_route",
        "POST/auth/refresh",
    ),
    *documented(
        "parameter",
        _M + "test_events_can_be_asked_for_by_dimension",
        "conversion_type country device_type channel_group utm_source",
        prefix="conversions/raw?",
    ),
    *documented(
        "parameter",
        _M + "test_a_query_takes_filters_and_metrics",
        "dimensions metrics filters",
        prefix="query:",
    ),
    *documented(
        "parameter",
        _M + "test_a_query_gives_many_days_in_one_request",
        "date_from date_to granularity",
        prefix="query:",
    ),
    *documented(
        "parameter", _M + "test_a_query_is_read_to_its_end", "limit offset", prefix="query:"
    ),
    *documented("parameter", _REQUESTS, "page page_size start_date end_date", prefix="stats?"),
    *documented("parameter", _B + "test_the_overview_tells_the_hours_of_the_day", "granularity"),
    *documented("parameter", _ROWS, "properties/keys?table"),
    *documented("parameter", _JOB, "exports?limit exports?offset"),
    *documented("field", _EVENT, *_DIMENSIONS, prefix="microconversions/raw."),
    *documented("field", _EVENT, *_DIMENSIONS, "clid", prefix="conversion-items/raw."),
    *documented("field", _ROWS, _COUNTED, prefix="mediums."),
    *documented("field", _ROWS, "by_source by_country", prefix="stats/conversions."),
    *documented("field", _ROWS, "conversion_type count by_source", prefix="microconversions."),
    *documented(
        "field",
        _B + "test_the_overview_tells_the_hours_of_the_day",
        "date_range traffic conversions traffic_change series",
        prefix="overview.",
    ),
    *documented(
        "field",
        _B + "test_the_sections_of_a_report_are_told_apart",
        "funnel.rows funnel.totals funnel.microconversion_types funnel.conversion_types",
        "devices.by_device devices.by_browser devices.by_os",
    ),
    *documented("field", _M + "test_many_pages_make_one_listing", "data total has_next"),
    *documented(
        "field",
        _B + "test_a_question_that_fails_in_a_batch_is_asked_again_alone",
        "status data",
        prefix="batch.results.",
    ),
    *documented("field", _JOB, "status download_url actual_rows", prefix="job."),
    *documented("field", _E + "test_a_job_that_fails_says_why", "job.error_message"),
    *documented("field", _J + "test_a_job_that_is_there_is_used", "job.created_at"),
    *documented("status", _E + "test_a_job_that_takes_its_time_is_waited_for", "job:pending"),
    *documented("status", _E + "test_a_job_that_expired_is_made_again", "job:expired"),
    *documented("status", _E + "test_a_job_that_fails_says_why", "job:failed"),
    *documented("status", _M + "test_one_bad_answer_does_not_fail_the_day", "stats:429 stats:503"),
    *documented("status", _M + "test_a_wrong_key_is_refused_once", "401"),
    *documented("status", _M + "test_an_unknown_value_is_refused_with_its_field", "stats:422"),
    *documented("error", _M + "test_a_used_up_quota_is_not_asked_again", "429:quota_exceeded"),
    *documented(
        "error", _L + "test_an_account_with_a_second_factor_says_what_to_do", "requires_2fa"
    ),
    *documented("error", _M + "test_an_unknown_value_is_refused_with_its_field", "422:detail"),
    *documented(
        "error", _B + "test_a_question_that_fails_in_a_batch_is_asked_again_alone", "batch:partial"
    ),
    *documented("error", _F + "test_what_is_no_file_is_no_empty_file", "file:error-under-200"),
]
