"""The bodies that are sent to SegMetrics, checked before they are sent.

Amounts are whole cents and floats are refused. Instants are aware and are sent in UTC, as
`YYYY-MM-DD HH:MM:SS`, because the vendor's dates have no offset and those that it returns are in
UTC. What is None is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
    model_validator,
)


def _utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Number = Annotated[int, Field(strict=True)]
Identifier = Number | Words
Email = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^@\s]+@[^@\s]+$")]
Moment = Annotated[AwareDatetime, PlainSerializer(_utc_text)]
Cents = Number
Amount = Annotated[int, Field(strict=True, ge=0)]
Status = Literal["active", "inactive"]
BillingCycle = Literal["year", "month", "week", "day"]


class Payload(BaseModel):
    """A body; a field that the vendor does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_serializer(mode="wrap")
    def _without_none(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in handler(self).items() if value is not None}

    def body(self) -> dict[str, Any]:
        """As JSON."""
        return self.model_dump(mode="json")


class Tag(Payload):
    """A tag by id, name or both; `date` is when it was applied, now unless it is given."""

    id: Identifier | None = None
    name: Words | None = None
    date: Moment | None = None

    @model_validator(mode="after")
    def _named(self) -> Tag:
        if self.id is None and self.name is None:
            raise ValueError("id or name is required")
        return self


class OfContact(Payload):
    """An object that belongs to a contact, named by id or by e-mail address; the id counts more."""

    contact_id: Identifier | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def _contact_named(self) -> OfContact:
        if self.contact_id is None and self.email is None:
            raise ValueError("contact_id or email is required")
        return self


class ContactUpsert(OfContact):
    """A contact to add or update.

    A new id for a known address becomes that contact's id. `custom_fields` are added to those that
    are there, and None removes one. `tags` replace all tags that are there.
    """

    date_created: Moment | None = None
    last_updated: Moment | None = None
    first_name: str | None = None
    last_name: str | None = None
    status: Status | None = None
    tags: tuple[Number, ...] | tuple[Tag, ...] | None = None
    custom_fields: Mapping[str, Any] | None = None
    utm_campaign: str | None = None
    utm_content: str | None = None
    utm_medium: str | None = None
    utm_source: str | None = None
    utm_term: str | None = None
    referring_url: str | None = None
    optin_url: str | None = None
    ip_address: str | None = None
    affiliate_id: Identifier | None = None
    geo_lat: str | None = None
    geo_lon: str | None = None


class TagChange(OfContact):
    """Tags to add to a contact or to remove from it: ids, names, or objects."""

    tags: Annotated[tuple[Number, ...] | tuple[Words, ...] | tuple[Tag, ...], Field(min_length=1)]


class InvoiceItem(Payload):
    """A line of an invoice; a product that the vendor does not know is created."""

    id: Identifier | None = None
    name: Words
    product_id: Identifier
    amount: Cents
    total_paid: Cents | None = None
    subscription_id: Identifier | None = None


class Invoice(OfContact):
    """A purchase; one of the same id is replaced. A `contact_id` must be known to the vendor."""

    id: Identifier
    amount: Cents
    paid: Cents
    date_created: Moment
    items: tuple[InvoiceItem, ...]
    is_refunded: Annotated[bool, PlainSerializer(int)] | None = None
    discount: Cents | None = None
    tax: Cents | None = None
    shipping: Cents | None = None


class Subscription(OfContact):
    """A subscription; one of the same id is replaced. It creates no order."""

    id: Identifier
    amount: Cents
    product_id: Identifier
    start_date: Moment
    last_bill_date: Moment
    billing_cycle: BillingCycle
    frequency: Annotated[int, Field(strict=True, ge=1)]
    name: Words | None = None
    quantity: Annotated[int, Field(strict=True, ge=1)] | None = None
    trial_end_date: Moment | None = None
    end_date: Moment | None = None
    canceled_date: Moment | None = None


class Product(Payload):
    """A product."""

    id: Identifier
    name: Words


class AdCampaign(Payload):
    """An ad campaign to create."""

    id: Identifier
    name: Words


class AdSet(Payload):
    """An ad set to create within a campaign."""

    id: Identifier
    name: Words
    adcampaign: Identifier


class Ad(Payload):
    """An ad to create within a campaign and a set."""

    id: Identifier
    name: Words
    adcampaign: Identifier
    adset: Identifier


class AdPerformance(Payload):
    """Cost and results of an ad on a day; an earlier one of the same ad and day is replaced.

    Ad, set and campaign are ids of such as are there, or objects to create.
    """

    ad: Identifier | Ad
    spend: Amount
    date: date
    adset: Identifier | AdSet | None = None
    adcampaign: Identifier | AdCampaign | None = None
    clicks: Amount | None = None
    impressions: Amount | None = None


class Identification(OfContact):
    """Ties a browser's `uid` to a contact."""

    uid: Words | None = None
