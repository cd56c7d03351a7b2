"""What SealMetrics documents of its legacy API."""

from __future__ import annotations

from analytics_assets.vendors.sealmetrics_legacy.client import NAMED_RANGES
from analytics_assets_tests.vendors.coverage import Documented, documented

_M = "test_sealmetrics_legacy::"
_ROWS = _M + "test_every_row_is_read_and_nothing_is_undeclared"
_FIELDS = _M + "test_an_event_has_its_documented_fields"
_FURTHER = _M + "test_further_parameters_are_passed_on"
_PAGING = _M + "test_skip_and_limit_are_counted_from_the_first_row"
_UNAUTHENTICATED = _M + "test_a_wrong_token_is_refused_once_by_every_report"
_MISSING = _M + "test_a_missing_parameter_is_named"
_REPORTS = "microconversions conversions acquisition pages funnel roas-evolution"
_MEASURES = "clicks page_views conversions microconversions revenue"

DOCUMENTED: list[Documented] = [
    *documented("endpoint", _ROWS, _REPORTS, prefix="GET/report/"),
    *documented("endpoint", _M + "test_the_accounts_of_a_token_are_named", "GET/auth/accounts"),
    *documented(
        "parameter",
        _M + "test_the_documented_headers_are_sent",
        "Authorization Accept Connection Accept-Encoding",
    ),
    *documented("parameter", _MISSING, "account_id date_range"),
    *documented(
        "parameter",
        _M + "test_all_days_of_a_window_come_in_one_listing",
        "date_range=YYYYMMDD,YYYYMMDD",
    ),
    *documented(
        "parameter",
        _M + "test_every_named_range_is_taken",
        *NAMED_RANGES,
        prefix="date_range=",
    ),
    *documented("parameter", _PAGING, "skip skip=0 limit limit=100"),
    *documented("parameter", _M + "test_the_country_may_be_in_either_case", "country"),
    *documented(
        "parameter",
        _M + "test_reports_by_group_come_for_every_kind",
        "report_type=Source",
        "report_type=Medium report_type=Campaign report_type=Term report_type=Device",
        "report_type=Os",
    ),
    *documented("parameter", _FURTHER, "time_unit=weekly time_unit=monthly show_utms utm_source"),
    *documented("parameter", _ROWS, "time_unit=daily"),
    *documented(
        "field",
        _FIELDS,
        "_id date utm_medium utm_source utm_campaign utm_term utm_matchtype label",
        prefix="microconversions.",
    ),
    *documented(
        "field",
        _FIELDS,
        "_id amount utm_medium utm_source utm_campaign utm_term utm_matchtype country",
        "country_name date label",
        prefix="conversions.",
    ),
    *documented("field", _M + "test_both_forms_of_a_date_are_read", "date=YYYYMMDD"),
    *documented("field", _ROWS, "status data"),
    *documented("field", _ROWS, "_id", _MEASURES, prefix="acquisition."),
    *documented(
        "field",
        _M + "test_the_other_form_of_an_acquisition_row_is_read",
        "name collection_id utm_medium",
        prefix="acquisition.",
    ),
    *documented("field", _ROWS, "url views entry_page", prefix="pages."),
    *documented("field", _FURTHER, "pages.utm_source pages.utm_medium"),
    *documented(
        "field",
        _ROWS,
        "Source clicks conversions microconversions add-to-cart checkout",
        prefix="funnel.",
    ),
    *documented(
        "field", _M + "test_stages_of_an_account_are_kept_by_name", "funnel.further-stages"
    ),
    *documented("field", _ROWS, "_id", _MEASURES, prefix="roas-evolution."),
    *documented("status", _ROWS, "200"),
    *documented("status", _UNAUTHENTICATED, "401"),
    *documented("status", _MISSING, "400"),
    *documented("status", _M + "test_a_wrong_token_and_a_foreign_account_are_told_apart", "403"),
    *documented("status", _M + "test_one_bad_answer_does_not_fail_the_day", "429 503"),
    *documented("error", _UNAUTHENTICATED, "401:status=error 401:message=Unauthenticated"),
    *documented("error", _MISSING, "400:message=Missing-required-parameter:account_id"),
    *documented("error", _M + "test_one_bad_answer_does_not_fail_the_day", "200:status=error"),
]
