"""Rows of the user's files."""

from __future__ import annotations

from pydantic import Field

from analytics_assets.ingest.fields import (
    Count,
    Id,
    Instant,
    LocalDate,
    Money,
    PersonalText,
    Ratio,
    Row,
    Text,
)

_CURRENCY = "Currency (ISO 4217) of the amounts; empty means ANALYTICS_CURRENCY."

_SHOP = "Shop, where there are several: see `[shops]`."


class _Line(Row):
    line: Count = Field(description="Line of the file, the column names being line 1.")


class AdSpend(_Line):
    """One row per line of `ad_spend.csv`: what an ad, a campaign or a source cost on a day."""

    date: LocalDate = Field(description="The local day of the spend.")
    source: Text = Field(description="Where the ads were shown, as `utm_source` names it.")
    spend: Money = Field(description="Cost of the day.")
    currency: Text | None = Field(default=None, description=_CURRENCY)
    medium: Text | None = Field(default=None, description="As `utm_medium` names it.")
    campaign: Text | None = Field(default=None, description="As `utm_campaign` names it.")
    channel: Text | None = Field(
        default=None, description="Channel, where the channel rules shall not decide."
    )
    ad_set: Text | None = Field(default=None, description="Ad set or ad group.")
    ad: Text | None = Field(default=None, description="Ad.")
    ad_id: Id | None = Field(default=None, description="Id of the ad at its platform.")
    country: Text | None = Field(
        default=None, description="Country (ISO 3166, two letters) that the ad was shown in."
    )
    clicks: Count | None = Field(default=None, description="Clicks on the ads.")
    impressions: Count | None = Field(default=None, description="Views of the ads.")
    shop: Text | None = Field(default=None, description=_SHOP)


class Order(_Line):
    """One row per order of `orders.csv`; of an order that is there twice, the last line."""

    order_id: Id = Field(
        description="Id of the order, as the shop gives it to the vendors too, without `#`."
    )
    ordered_at: Instant = Field(
        description="When it was placed; without an offset, or as a day alone, in "
        "ANALYTICS_TIMEZONE."
    )
    total: Money = Field(description="Amount charged.")
    currency: Text | None = Field(default=None, description=_CURRENCY)
    refunded: Money | None = Field(default=None, description="Amount refunded.")
    conversion_type: Text | None = Field(
        default=None, description="Kind of conversion; empty means `purchase`."
    )
    email: PersonalText | None = Field(
        default=None, description="E-mail address of the buyer (hashed)."
    )
    country: Text | None = Field(
        default=None, description="Country of the buyer (ISO 3166, two letters)."
    )
    utm_source: Text | None = Field(default=None, description="Campaign tag: source.")
    utm_medium: Text | None = Field(default=None, description="Campaign tag: medium.")
    utm_campaign: Text | None = Field(default=None, description="Campaign tag: campaign.")
    shop: Text | None = Field(default=None, description=_SHOP)


class CurrencyRate(_Line):
    """One row per day and pair of `currency_rates.csv`; of a pair that is there twice, the last."""

    date: LocalDate = Field(description="The day of the rate.")
    from_currency: Text = Field(description="Currency (ISO 4217) of which one unit is priced.")
    to_currency: Text = Field(description="Currency (ISO 4217) that it is priced in.")
    rate: Ratio = Field(description="Units of `to_currency` for one unit of `from_currency`.")
