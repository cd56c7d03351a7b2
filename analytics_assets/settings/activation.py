"""The objects that are sent back, and their sources."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from analytics_assets.settings.base import Name, Section, Share


class ActivationSource(Section):
    """The source of the rows of one kind of object, and how much of them may change.

    Attributes:
        sql: a file with a query over the warehouse; a relative path begins at the working folder.
        table: a table of the warehouse, as `schema.table`, in place of a query.
        columns: by field of the object, the column that it is taken from, where names differ.
        personal_data: whether e-mail addresses, names and IP addresses are sent that
            `ANALYTICS_PII` hashes everywhere else.
        approved: the fingerprint of the mapping, once its plan has been looked at; while it is not
            that of the mapping, every run is a dry run.
        changed_share: the largest share of what was sent before that one run may change.
        deleted_share: the same of what it may delete or take back.
        free_changes: so many objects may always be changed, and as many taken back.
    """

    sql: str = ""
    table: str = ""
    columns: dict[Name, Name] = {}
    personal_data: bool = False
    approved: str = ""
    changed_share: Share = Decimal("0.5")
    deleted_share: Share = Decimal("0.1")
    free_changes: Annotated[int, Field(ge=0)] = 10

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.sql and self.table:
            raise ValueError("give sql or table, not both")
        return self


class Activation(Section):
    """The objects sent to SegMetrics; a kind that is not named has the platform's own mapping.

    Attributes:
        workers: how many requests may be under way at once; the vendor's limit holds for all.
    """

    workers: Annotated[int, Field(ge=1, le=32)] = 8
    products: ActivationSource = ActivationSource()
    contacts: ActivationSource = ActivationSource()
    tags: ActivationSource = ActivationSource()
    invoices: ActivationSource = ActivationSource()
    subscriptions: ActivationSource = ActivationSource()
    ad_performance: ActivationSource = ActivationSource()
    identify: ActivationSource = ActivationSource()
