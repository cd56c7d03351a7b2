"""What Wemasy documents of the endpoints that are used."""

from __future__ import annotations

from analytics_assets_tests.vendors.coverage import Documented, documented

_M = "test_wemasy::"
_PARAMETERS = _M + "test_every_documented_parameter_is_sent"
_ENVELOPE = _M + "test_the_envelope_and_the_limit_come_as_documented"
_REFUSALS = _M + "test_refusals_come_as_documented"
_LIST = "start_date end_date sortKey sortOrder per_page filters"

DOCUMENTED: list[Documented] = [
    *documented(
        "endpoint",
        _M + "test_every_row_is_read_and_nothing_is_undeclared",
        "POST/sessions/get-conversions POST/sessions/get-visits POST/project/sessions",
    ),
    *documented("parameter", _PARAMETERS, "Authorization Accept Content-Type"),
    *documented(
        "parameter",
        _PARAMETERS,
        "key start_date end_date session_ids conversion_types",
        prefix="get-conversions:",
    ),
    *documented(
        "parameter",
        _PARAMETERS,
        "key start_date end_date session_ids visit_ids",
        prefix="get-visits:",
    ),
    *documented("parameter", _PARAMETERS, _LIST, prefix="sessions:"),
    *documented("parameter", _M + "test_counts_are_those_of_the_list", "key=count key=list"),
    *documented(
        "parameter", _M + "test_conversion_types_are_a_filter", "conversion_types=click,url"
    ),
    *documented("parameter", _M + "test_visits_can_be_asked_for_by_id", "visit_ids=10,20"),
    *documented("field", _ENVELOPE, "error data", prefix="get-conversions."),
    *documented("field", _ENVELOPE, "error data", prefix="get-visits."),
    *documented("field", _ENVELOPE, "error message", prefix="sessions."),
    *documented(
        "field",
        _ENVELOPE,
        "current_page data first_page_url from last_page last_page_url links next_page_url",
        "path per_page prev_page_url to total",
        prefix="sessions.data.",
    ),
    *documented("field", _ENVELOPE, "X-RateLimit-Limit X-RateLimit-Remaining"),
    *documented("field", _M + "test_the_documented_limit_is_kept_to", "Retry-After"),
    *documented("status", _ENVELOPE, "200"),
    *documented("status", _REFUSALS, "401 403 422"),
    *documented("status", _M + "test_the_documented_limit_is_kept_to", "429"),
    *documented("error", _REFUSALS, "401:error 401:message 403:error 403:message"),
    *documented("error", _REFUSALS, "422:message 422:errors"),
    *documented("error", _M + "test_the_documented_limit_is_kept_to", "429:error 429:message"),
    *documented("error", _M + "test_error_true_over_the_socket_is_a_failure", "200:error=true"),
]
