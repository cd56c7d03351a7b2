"""What Session Story documents."""

from __future__ import annotations

from analytics_assets_tests.vendors.coverage import Documented, documented

_M = "test_session_story::"
_ROWS = _M + "test_every_row_is_read_and_nothing_is_undeclared"
_PARAMETERS = _M + "test_every_documented_parameter_is_sent"
_FIELDS = _M + "test_every_documented_field_comes"
_CREATED = _M + "test_a_site_that_was_created_can_be_read_back"
_PERIOD = "from to"

DOCUMENTED: list[Documented] = [
    *documented(
        "endpoint",
        _ROWS,
        "GET/sites GET/sites/{site_id}/analytics/dashboard",
        "GET/sites/{site_id}/analytics/revenue GET/sites/{site_id}/analytics/friction",
        "GET/sites/{site_id}/analytics/scroll-depth",
        "GET/sites/{site_id}/analytics/engagement-funnel GET/sites/{site_id}/analytics/reach",
        "GET/sites/{site_id}/analytics/custom-event-types",
        "GET/sites/{site_id}/analytics/custom-event-funnel",
        "GET/sites/{site_id}/analytics/event-data-keys GET/sites/{site_id}/visitors",
        "GET/visitors/{visitor_id}/sessions",
        "GET/visitors/{visitor_id}/sessions/{session_id}/events",
    ),
    *documented("endpoint", _CREATED, "GET/sites/{site_id} POST/sites"),
    *documented("parameter", _PARAMETERS, "Authorization"),
    *documented("parameter", _PARAMETERS, "name domain", prefix="sites:"),
    *documented("parameter", _PARAMETERS, _PERIOD, prefix="dashboard?"),
    *documented("parameter", _PARAMETERS, _PERIOD, prefix="revenue?"),
    *documented("parameter", _PARAMETERS, _PERIOD, prefix="friction?"),
    *documented("parameter", _PARAMETERS, "url limit", prefix="scroll-depth?"),
    *documented("parameter", _PARAMETERS, "url", prefix="engagement-funnel?"),
    *documented("parameter", _PARAMETERS, "metric value", _PERIOD, prefix="reach?"),
    *documented("parameter", _PARAMETERS, _PERIOD, prefix="custom-event-types?"),
    *documented("parameter", _PARAMETERS, "steps[]", _PERIOD, prefix="custom-event-funnel?"),
    *documented("parameter", _PARAMETERS, "type", prefix="event-data-keys?"),
    *documented("parameter", _PARAMETERS, "page", prefix="visitors?"),
    *documented(
        "parameter", _M + "test_the_limit_of_pages_is_the_documented_one", "scroll-depth?limit=100"
    ),
    *documented(
        "parameter",
        _M + "test_page_and_event_are_both_measures_of_reach",
        "reach?metric=page reach?metric=event",
    ),
    *documented(
        "parameter",
        _M + "test_a_funnel_has_2_to_10_steps",
        "custom-event-funnel?steps[]=2-10",
    ),
    *documented(
        "parameter",
        "test_session_story_journeys::test_pages_end_where_visitors_were_last_seen_before_the_window",
        "visitors?page=50_a_page",
    ),
    *documented(
        "field",
        _FIELDS,
        "id name domain tracking_id visitors_count sessions_count events_count sparkline",
        prefix="sites.",
    ),
    *documented(
        "field",
        _CREATED,
        "id name domain tracking_id visitors_count sessions_count events_count",
        prefix="site.",
    ),
    *documented(
        "field",
        _FIELDS,
        "sessions_over_time period count granularity total_sessions bounce_rate",
        "avg_session_duration referrers top_pages top_events countries devices",
        prefix="dashboard.",
    ),
    *documented(
        "field",
        _M + "test_the_overview_adds_up",
        "granularity=hour granularity=day devices=Phone,Tablet,Desktop top=10",
        prefix="dashboard.",
    ),
    *documented(
        "field",
        _FIELDS,
        "summary total_revenue total_transactions avg_order_value revenue_over_time",
        "period revenue transactions by_source by_campaign",
        prefix="revenue.",
    ),
    *documented(
        "field",
        _M + "test_a_site_without_revenue_tracking_has_an_empty_day",
        "revenue.configured",
    ),
    *documented("field", _FIELDS, "sources total campaigns", prefix="friction."),
    *documented(
        "field",
        _M + "test_buckets_of_behaviour_add_up_to_their_source",
        "key buckets bucket_pct bouncer skimmer hesitator engaged",
        prefix="friction.",
    ),
    *documented(
        "field",
        _M + "test_scroll_depth_falls_page_by_page",
        "25% 50% 75% 100%",
        prefix="scroll-depth.",
    ),
    *documented(
        "field",
        _M + "test_the_engagement_funnel_falls_from_milestone_to_milestone",
        "sessions",
        prefix="engagement-funnel.",
    ),
    *documented(
        "field",
        _M + "test_page_and_event_are_both_measures_of_reach",
        "percentage source campaign",
        prefix="reach.",
    ),
    *documented("field", _FIELDS, "type count", prefix="custom_event_types."),
    *documented(
        "field",
        _M + "test_a_funnel_never_gains_sessions",
        "sessions",
        prefix="custom-event-funnel.",
    ),
    *documented(
        "field",
        _M + "test_keys_are_those_of_the_types_that_are_set_or_seen",
        "keys",
        prefix="event-data-keys.",
    ),
    *documented("status", _ROWS, "200"),
    *documented(
        "status",
        _M + "test_a_wrong_key_a_foreign_site_and_an_unknown_one_are_told_apart",
        "401 403 404",
    ),
    *documented(
        "error",
        _M + "test_a_wrong_key_a_foreign_site_and_an_unknown_one_are_told_apart",
        "Unauthorized Forbidden",
    ),
]
