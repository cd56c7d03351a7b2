"""What SegMetrics documents of its reporting, import and tracking APIs."""

from __future__ import annotations

from analytics_assets_tests.vendors.coverage import Documented, documented

_M = "test_segmetrics::"
_W = "test_segmetrics_writes::"
_ROWS = _M + "test_every_row_is_read_and_nothing_is_undeclared"
_SENT = _M + "test_every_documented_parameter_is_sent"
_FIELDS = _M + "test_every_documented_field_comes"
_CONTACT = _M + "test_a_contact_is_found_by_id_and_by_address"
_BODIES = _W + "test_every_documented_field_is_sent_and_arrives"
_DELETED = _W + "test_what_is_deleted_is_gone"
_REQUIRED = "test_segmetrics_payloads::test_what_the_vendor_requires_is_checked_before_it_is_sent"
_REPORTS = ("leads", "revenue", "ads", "subscriptions")
_PERIOD = ("start", "end", "scale")
_PARTS = ("kpis", "graph", "table_fields", "table", "name", "key", "value", "type")
_MORE_PARTS = ("aggregation", "dataset", "label")
_UTM = "utm_campaign utm_content utm_medium utm_source utm_term"

DOCUMENTED: list[Documented] = [
    *documented("endpoint", _ROWS, *(f"GET/{{account}}/report/{kind}" for kind in _REPORTS)),
    *documented(
        "endpoint",
        _M + "test_every_report_has_its_contacts",
        *(f"GET/{{account}}/report/{kind}/contacts" for kind in _REPORTS),
    ),
    *documented(
        "endpoint",
        _M + "test_a_saved_report_is_asked_for_by_its_id",
        "GET/{account}/report/{type}/{report_id} GET/{account}/report/{type}/{report_id}/contacts",
    ),
    *documented("endpoint", _CONTACT, "GET/{account}/contact/{contact_id_or_email}"),
    *documented("endpoint", _ROWS, "POST/v2/{account}/data/query"),
    *documented(
        "endpoint",
        _BODIES,
        "POST/contact POST/tags/add POST/tags/remove POST/invoice POST/subscription POST/product",
        "POST/ad/performance",
    ),
    *documented("endpoint", _DELETED, "DELETE/contact DELETE/invoice DELETE/subscription"),
    *documented("endpoint", _W + "test_identify_by_the_original_names", "GET/identify"),
    # Parameters
    *documented("parameter", _SENT, "Authorization"),
    *documented("parameter", _SENT, *(f"{kind}?{name}" for kind in _REPORTS for name in _PERIOD)),
    *documented("parameter", _SENT, "start end extend limit page", prefix="contacts?"),
    *documented(
        "parameter",
        _SENT,
        "type dimensions metrics date_range filters options",
        prefix="query:",
    ),
    *documented(
        "parameter",
        _M + "test_a_query_is_compared_with_another_period",
        "query:steps query:compare",
    ),
    *documented(
        "parameter", _M + "test_points_of_the_graph_follow_the_scale", "scale=day,week,month"
    ),
    *documented("parameter", _M + "test_dates_may_be_relative", "start=-7_days end=yesterday"),
    *documented("parameter", _CONTACT, "extend=companies"),
    *documented(
        "parameter",
        _BODIES,
        "contact_id email date_created first_name last_name status tags custom_fields",
        f"last_updated {_UTM} referring_url optin_url ip_address affiliate_id geo_lat geo_lon",
        prefix="contact:",
    ),
    *documented("parameter", _BODIES, "contact_id email tags", prefix="add:"),
    *documented("parameter", _BODIES, "contact_id email tags", prefix="remove:"),
    *documented(
        "parameter",
        _W + "test_tags_are_added_and_removed_in_all_three_forms",
        "tags=ids tags=names tags=objects tag.id tag.name tag.date",
    ),
    *documented(
        "parameter",
        _BODIES,
        "id contact_id email amount paid date_created items is_refunded discount tax shipping",
        prefix="invoice:",
    ),
    *documented(
        "parameter",
        _BODIES,
        "id name product_id amount total_paid subscription_id",
        prefix="invoice:items.",
    ),
    *documented(
        "parameter",
        _BODIES,
        "id contact_id email amount product_id start_date last_bill_date billing_cycle frequency",
        "name quantity trial_end_date end_date canceled_date",
        prefix="subscription:",
    ),
    *documented("parameter", _BODIES, "id name", prefix="product:"),
    *documented(
        "parameter",
        _BODIES,
        "ad spend date adcampaign adset clicks impressions",
        prefix="performance:",
    ),
    *documented("parameter", _BODIES, "id name adcampaign adset", prefix="performance:ad."),
    *documented("parameter", _BODIES, "id name adcampaign", prefix="performance:adset."),
    *documented("parameter", _BODIES, "id name", prefix="performance:adcampaign."),
    *documented(
        "parameter",
        _W + "test_identify_by_the_original_names",
        "account_id seg_uid email",
        prefix="identify?",
    ),
    *documented(
        "parameter", _W + "test_identify_by_the_names_of_2026", "a uid e cid", prefix="identify?"
    ),
    *documented(
        "parameter",
        _W + "test_custom_fields_are_added_and_null_removes_one",
        "custom_fields.field=null",
    ),
    *documented(
        "parameter", _DELETED, "contact/{id} contact/{email} invoice/{id} subscription/{id}"
    ),
    # Fields
    *documented(
        "field",
        _FIELDS,
        *(f"{kind}.{part}" for kind in _REPORTS for part in (*_PARTS, *_MORE_PARTS)),
    ),
    *documented(
        "field",
        _FIELDS,
        "channel leads numOfCustomers conversionRate revenue leadValue",
        prefix="leads.",
    ),
    *documented(
        "field",
        _M + "test_the_answer_is_as_documented_around_the_rows",
        "name type date_range.start date_range.end date_range.duration date_range.scale",
        "date_range.start_date date_range.end_date date_range.name",
        prefix="report.",
    ),
    *documented(
        "field",
        _M + "test_the_answer_is_as_documented_around_the_rows",
        "current_page from last_page path per_page to total",
        prefix="meta.",
    ),
    *documented(
        "field",
        _FIELDS,
        "contact_id first_name last_name email status date_created last_updated",
        prefix="contacts.",
    ),
    *documented("field", _FIELDS, "name value", prefix="contact_custom_fields."),
    *documented("field", _FIELDS, "tag_id name contact_id date_created", prefix="contact_tags."),
    *documented(
        "field",
        _FIELDS,
        "order_id contact_id is_paid is_refunded subtotal total_tax total_shipping",
        "total_discount total total_paid date_created",
        prefix="orders.",
    ),
    *documented(
        "field",
        _FIELDS,
        "contact_id order_item_id product_id order_id subscription_id product_name order_type",
        "is_paid is_refunded amount total_paid total_due date_created imported_at",
        "last_imported_at",
        prefix="order_items.",
    ),
    *documented(
        "field",
        _FIELDS,
        "type contact_id uid fingerprint date_created ip_address country_code region city",
        "postal_code latitude longitude url full_url referrer host path args meta channel",
        f"{_UTM} ad_id",
        prefix="contact_events.",
    ),
    *documented("field", _FIELDS, "about fields rows totals", prefix="data_query."),
    *documented("field", _DELETED, "id status object deleted", prefix="delete."),
    # Statuses and errors
    *documented("status", _ROWS, "200"),
    *documented("status", _M + "test_a_wrong_key_and_a_foreign_account_are_told_apart", "401 403"),
    *documented("status", _M + "test_a_contact_that_is_not_there_is_none", "404"),
    *documented("status", _W + "test_the_vendor_s_words_reach_the_user", "400"),
    *documented("status", _M + "test_one_bad_answer_does_not_fail_the_day", "500"),
    *documented("error", _W + "test_the_vendor_s_words_reach_the_user", "status=error errors[]"),
    *documented("error", _REQUIRED, "missing_field"),
]
