"""Rows of SegMetrics. Amounts are kept in the unit that the vendor sends (`segmetrics.amounts`)."""

from __future__ import annotations

from pydantic import Field

from analytics_assets.ingest.fields import (
    Count,
    Flag,
    GuessedRow,
    Id,
    Instant,
    Json,
    Money,
    PersonalName,
    PersonalText,
    Ratio,
    Row,
    Text,
)

_CUSTOMERS = "Contacts who bought; parts where several share one (table)."


class _Report(GuessedRow):
    section: Id = Field(description="Part of the report: kpis, graph, table_fields or table.")
    position: Count = Field(description="Place within the section, from 1.")
    name: Text | None = Field(default=None, description="Title of a KPI or field.")
    key: Text | None = Field(default=None, description="Key of a KPI or field.")
    type: Text | None = Field(default=None, description="Type of a KPI or field, such as NUMBER.")
    aggregation: Text | None = Field(default=None, description="How it is added up, such as SUM.")
    value: Money | None = Field(default=None, description="Number of a KPI or of a graph's point.")
    dataset: Text | None = Field(default=None, description="Line of the graph.")
    label: Text | None = Field(default=None, description="Day of a graph's point.")
    revenue: Money | None = Field(default=None, description="Amount paid by customers (table).")


class _ByChannel(_Report):
    channel: Text | None = Field(
        default=None, description="Channel, as the vendor groups it (table)."
    )
    num_of_customers: Ratio | None = Field(
        default=None, alias="numOfCustomers", description=_CUSTOMERS
    )


class _Leads(_ByChannel):
    leads: Ratio | None = Field(
        default=None, description="New contacts; parts where several ads share one (table)."
    )
    conversion_rate: Ratio | None = Field(
        default=None, alias="conversionRate", description="Customers per lead, percent (table)."
    )
    lead_value: Money | None = Field(
        default=None, alias="leadValue", description="Revenue per lead (table)."
    )


class LeadsReport(_Leads):
    """One row per element of a day's leads report: KPI, point of the graph, field or table row."""


class RevenueReport(_ByChannel):
    """One row per element of a day's revenue report: KPI, point, field or table row."""

    num_of_orders: Count | None = Field(
        default=None, alias="numOfOrders", description="Orders (table)."
    )


class AdsReport(_Leads):
    """One row per element of a day's ads report: KPI, point of the graph, field or table row."""

    campaign: Text | None = Field(default=None, description="Campaign (table).")
    ad_set: Text | None = Field(default=None, description="Ad set (table).")
    ad: Text | None = Field(default=None, description="Ad (table).")
    ad_id: Id | None = Field(default=None, description="Id of the ad at its platform (table).")
    spend: Money | None = Field(default=None, description="Cost of the ads (table).")
    clicks: Count | None = Field(default=None, description="Clicks on the ads (table).")
    impressions: Count | None = Field(default=None, description="Views of the ads (table).")
    roas: Ratio | None = Field(default=None, description="Revenue divided by spend (table).")


class SubscriptionsReport(_Report):
    """One row per element of a day's subscriptions report: KPI, point, field or table row."""

    product: Text | None = Field(default=None, description="Product (table).")
    new_subscriptions: Count | None = Field(
        default=None, alias="newSubscriptions", description="Subscriptions that began (table)."
    )
    renewals: Count | None = Field(default=None, description="Subscriptions that went on (table).")


class DataQueryRow(Row):
    """One row per element of the answer to a query of the settings, for a day."""

    query: Text = Field(description="Name of the query in the settings.")
    section: Id = Field(
        description="Part of the answer: about, fields, rows, totals, and of the period that it is "
        "compared with comparison_rows, comparison_totals, comparison."
    )
    position: Count = Field(description="Place within the section, from 1.")
    record: Json | None = Field(
        default=None, description="The element; a row's values are under the keys of the fields."
    )


class Contact(Row):
    """One row per contact that a report of the day lists, as it is when it is loaded."""

    contact_id: Id = Field(description="Id of the contact.")
    first_name: PersonalName | None = Field(default=None, description="First name (dropped).")
    last_name: PersonalName | None = Field(default=None, description="Last name (dropped).")
    email: PersonalText | None = Field(default=None, description="E-mail address (hashed).")
    status: Text | None = Field(default=None, description="Opt-in status: active or inactive.")
    date_created: Instant | None = Field(default=None, description="When the contact was created.")
    last_updated: Instant | None = Field(default=None, description="When it last changed.")


class ContactTag(Row):
    """One row per tag of a contact, when it is loaded."""

    parent_contact_id: Id = Field(description="Contact whose journey holds the tag.")
    tag_id: Id = Field(description="Id of the tag.")
    name: Text | None = Field(default=None, description="Name of the tag.")
    contact_id: Id | None = Field(default=None, description="Contact that the tag itself names.")
    date_created: Instant | None = Field(default=None, description="When it was applied.")


class ContactList(GuessedRow):
    """One row per list that a contact is on, when it is loaded; fields are not documented."""

    parent_contact_id: Id = Field(description="Contact whose journey holds the list.")
    list_id: Id | None = Field(default=None, description="Id of the list.")
    name: Text | None = Field(default=None, description="Name of the list.")
    contact_id: Id | None = Field(default=None, description="Contact that the list itself names.")
    date_created: Instant | None = Field(default=None, description="When it was joined.")
    value: Text | None = Field(
        default=None, description="The value, where the vendor sends one in place of an object."
    )


class ContactCustomField(Row):
    """One row per custom field of a contact, when it is loaded."""

    parent_contact_id: Id = Field(description="Contact that the field belongs to.")
    name: Text = Field(description="Name of the field, as the account defines it.")
    value: Text | None = Field(default=None, description="Its value; nested values as JSON.")
    personal_value: PersonalText | None = Field(
        default=None,
        description="Its value, where its name suggests personal data: phone, address, "
        "birth, name and the like (hashed).",
    )


class Subscription(GuessedRow):
    """One row per subscription of a contact, when it is loaded; fields are not documented."""

    parent_contact_id: Id = Field(description="Contact whose journey holds the subscription.")
    subscription_id: Id = Field(description="Id of the subscription.")
    contact_id: Id | None = Field(
        default=None, description="Contact that the subscription itself names."
    )
    product_id: Id | None = Field(default=None, description="Id of the product.")
    product_name: Text | None = Field(default=None, description="Name of the product.")
    amount: Money | None = Field(default=None, description="Price of a billing period.")
    quantity: Count | None = Field(default=None, description="How many of it.")
    status: Text | None = Field(default=None, description="Such as active or cancelled.")
    billing_cycle: Text | None = Field(default=None, description="year, month, week or day.")
    frequency: Count | None = Field(default=None, description="Cycles from one bill to the next.")
    date_created: Instant | None = Field(default=None, description="When it was created.")
    start_date: Instant | None = Field(default=None, description="When it began.")
    last_bill_date: Instant | None = Field(default=None, description="When it was last billed.")
    next_bill_date: Instant | None = Field(default=None, description="When it is billed next.")
    trial_end_date: Instant | None = Field(default=None, description="When its trial ends.")
    end_date: Instant | None = Field(default=None, description="When it ends by itself.")
    cancel_date: Instant | None = Field(default=None, description="When it was cancelled.")
    canceled_date: Instant | None = Field(
        default=None, description="When it was cancelled, under the import API's name."
    )


class Order(Row):
    """One row per order of a contact, web, phone or renewal, of any date."""

    parent_contact_id: Id = Field(description="Contact whose journey holds the order.")
    order_id: Id = Field(description="Id of the order.")
    contact_id: Id | None = Field(default=None, description="Contact that the order itself names.")
    is_paid: Flag | None = Field(default=None, description="Whether it is paid.")
    is_refunded: Flag | None = Field(default=None, description="Whether it was paid back.")
    subtotal: Money | None = Field(
        default=None, description="Items before tax, shipping, discount."
    )
    total_tax: Money | None = Field(default=None, description="Tax.")
    total_shipping: Money | None = Field(default=None, description="Shipping.")
    total_discount: Money | None = Field(default=None, description="Discount.")
    total: Money | None = Field(default=None, description="Amount to pay.")
    total_paid: Money | None = Field(default=None, description="Amount paid.")
    date_created: Instant | None = Field(default=None, description="When it was placed.")


class OrderItem(Row):
    """One row per line item of an order."""

    parent_contact_id: Id = Field(description="Contact whose journey holds the order.")
    parent_order_id: Id = Field(description="Order that holds the item.")
    order_item_id: Id = Field(description="Id of the item.")
    order_id: Id | None = Field(default=None, description="Order that the item itself names.")
    contact_id: Id | None = Field(default=None, description="Contact that the item itself names.")
    product_id: Id | None = Field(default=None, description="Id of the product.")
    subscription_id: Id | None = Field(default=None, description="Subscription that it belongs to.")
    product_name: Text | None = Field(default=None, description="Name of the product.")
    order_type: Text | None = Field(default=None, description="Kind of item, such as product.")
    is_paid: Flag | None = Field(default=None, description="Whether it is paid.")
    is_refunded: Flag | None = Field(default=None, description="Whether it was paid back.")
    amount: Money | None = Field(default=None, description="Price.")
    total_paid: Money | None = Field(default=None, description="Amount paid.")
    total_due: Money | None = Field(default=None, description="Amount still to pay.")
    date_created: Instant | None = Field(default=None, description="When it was bought.")
    imported_at: Instant | None = Field(default=None, description="When the vendor first saw it.")
    last_imported_at: Instant | None = Field(
        default=None, description="When the vendor last saw it."
    )


class ContactEvent(Row):
    """One row per tracked event of a contact, such as a page view, of any date."""

    parent_contact_id: Id = Field(description="Contact whose journey holds the event.")
    contact_id: Id | None = Field(default=None, description="Contact that the event itself names.")
    type: Text | None = Field(default=None, description="Kind of event, such as page_view.")
    uid: Id | None = Field(
        default=None, description="Id of the browser's session with the tracker."
    )
    fingerprint: PersonalText | None = Field(
        default=None, description="Fingerprint of the device (hashed)."
    )
    date_created: Instant | None = Field(default=None, description="When it happened.")
    ip_address: PersonalText | None = Field(default=None, description="IP address (hashed).")
    country_code: Text | None = Field(default=None, description="Country code.")
    region: Text | None = Field(default=None, description="Region.")
    city: Text | None = Field(default=None, description="City.")
    postal_code: Text | None = Field(default=None, description="Postal code.")
    latitude: Ratio | None = Field(default=None, description="Latitude in degrees.")
    longitude: Ratio | None = Field(default=None, description="Longitude in degrees.")
    url: Text | None = Field(default=None, description="Page without its parameters.")
    full_url: Text | None = Field(default=None, description="Page with its parameters.")
    referrer: Text | None = Field(default=None, description="Where the visitor came from.")
    host: Text | None = Field(default=None, description="Host of the page.")
    path: Text | None = Field(default=None, description="Path of the page.")
    args: Json | None = Field(
        default=None, description="Parameters of the page, click ids included."
    )
    meta: Json | None = Field(default=None, description="Other data of the tracker.")
    channel: Text | None = Field(default=None, description="Channel, as the vendor groups it.")
    utm_source: Text | None = Field(default=None, description="Campaign tag: source.")
    utm_medium: Text | None = Field(default=None, description="Campaign tag: medium.")
    utm_campaign: Text | None = Field(default=None, description="Campaign tag: campaign.")
    utm_term: Text | None = Field(default=None, description="Campaign tag: term.")
    utm_content: Text | None = Field(default=None, description="Campaign tag: content.")
    ad_id: Id | None = Field(default=None, description="Id of the ad at its platform.")
