"""The ledger: what was sent, or was about to be, and what the vendor said."""

from __future__ import annotations

from analytics_assets.lake.tables import LOAD_COLUMNS, Table, TableColumn

GROUP = "activation"

SENT = Table(
    GROUP,
    "sent",
    (
        TableColumn(
            "target", "VARCHAR", "Host, account and integration that it was sent to, with slashes."
        ),
        TableColumn("object", "VARCHAR", "Kind of object: the name of its asset."),
        TableColumn(
            "object_id",
            "VARCHAR",
            "The object's id; what names a contact in it is hashed like all personal data.",
        ),
        TableColumn(
            "contact_ref", "VARCHAR", "The `object_id` of the contact that it belongs to, if any."
        ),
        TableColumn("contact_id", "VARCHAR", "The id of that contact, if the mapping gives one."),
        TableColumn("contact_email", "VARCHAR", "The address of that contact (hashed).", "hash"),
        TableColumn("subject", "JSON", "The fields that identify it in a withdrawal, as JSON."),
        TableColumn("payload_hash", "VARCHAR", "Keyed hash of the body; null for withdrawals."),
        TableColumn("day", "DATE", "The day that it counts for, of invoices and ad performance."),
        TableColumn("amount_minor", "BIGINT", "The amount that it counts for then, in cents."),
        TableColumn("operation", "VARCHAR", "`save` (create or update) or `withdraw`."),
        TableColumn(
            "state",
            "VARCHAR",
            "`intended` (about to be sent: the result is unknown if nothing follows), "
            "`accepted`, `refused`, or `unknown` (no conclusive answer).",
        ),
        TableColumn(
            "is_there", "BOOLEAN", "Whether the vendor holds the object then, or may hold it."
        ),
        TableColumn("answer", "VARCHAR", "The vendor's words where it is not accepted."),
        TableColumn("mapping", "VARCHAR", "Fingerprint of the mapping that it came from."),
        TableColumn("sent_at", "TIMESTAMPTZ", "When (UTC)."),
        TableColumn("sequence", "BIGINT", "Orders the entries: no two are alike."),
        *LOAD_COLUMNS,
    ),
    partition=TableColumn("month", "VARCHAR", "The month (UTC) of the entry."),
    current="TRUE QUALIFY row_number() OVER "
    "(PARTITION BY target, object, object_id ORDER BY sequence DESC) = 1",
)
"""The plain view shows of each object its latest entry, `sent_history` shows all."""

ACTIVATION_TABLES = (SENT,)
