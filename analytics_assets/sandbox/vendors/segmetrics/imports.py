"""The endpoints of SegMetrics that write: import API and tracking host.

Everything is an upsert by id; what is permanent at the vendor ends here with a reset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from analytics_assets.sandbox import environment
from analytics_assets.sandbox.clock import now_utc
from analytics_assets.sandbox.http import Call, Endpoint, Json, Reply
from analytics_assets.sandbox.vendors.segmetrics.checks import (
    BILLING_CYCLES,
    STATUSES,
    Checks,
    is_given,
    read_ms,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics_assets.sandbox.vendors.segmetrics.account import Account
    from analytics_assets.sandbox.vendors.segmetrics.ledger import Ledger, Written

Row: TypeAlias = dict[str, Json]
_OLD_NAMES = ("account_id", "seg_uid", "email")
_NEW_NAMES = ("a", "uid", "e", "cid")
_INVOICE_CENTS = ("amount", "paid", "discount", "tax", "shipping")
_SUBSCRIPTION = (
    *("id", "amount", "product_id", "start_date", "last_bill_date", "billing_cycle", "frequency"),
)
_NOT_FIELDS = frozenset({"contact_id", "email", "tags", "custom_fields"})


class Import:
    """Answers the writes."""

    def __init__(self, vendor: Account, ledger: Ledger) -> None:
        """Write to this ledger."""
        self.vendor = vendor
        self.ledger = ledger

    def endpoints(self) -> list[Endpoint]:
        """Every path below the prefix."""
        base = "/import/api/v1/{account_id}/{integration_id}"
        posts = {
            "contact": self.contact,
            "tags/add": self.add_tags,
            "tags/remove": self.remove_tags,
            "invoice": self.invoice,
            "subscription": self.subscription,
            "product": self.product,
            "ad/performance": self.performance,
        }
        return [
            *(Endpoint("POST", f"{base}/{n}", self._counted(f"POST {n}", posts[n])) for n in posts),
            *(
                Endpoint("DELETE", f"{base}/{name}/{{id}}", self._delete(name))
                for name in ("contact", "invoice", "subscription")
            ),
            Endpoint("GET", "/track/identify", self._counted("GET identify", self.identify)),
        ]

    def _counted(self, name: str, write: Callable[[Call], None]) -> Callable[[Call], Reply]:
        def answer(call: Call) -> Reply:
            self.ledger.requests[name] += 1
            write(call)
            return Reply({"status": "success"})

        return answer

    def _delete(self, name: str) -> Callable[[Call], Reply]:
        def answer(call: Call) -> Reply:
            key = call.route["id"]
            self.ledger.requests[f"DELETE {name}"] += 1
            if name == "contact":
                found = self.ledger.delete_contact(key)
            else:
                found = self.ledger.discard(name, key)
            if not found:
                raise self.vendor.refuse(404, "not_found", f"{name} not found")
            self.ledger.deleted.append({"object": name, "id": key})
            return Reply({"id": key, "status": "success", "object": name, "deleted": True})

        return answer

    # Contacts and tags

    def contact(self, call: Call) -> None:
        """``POST contact``: custom fields are added to (null removes), tags are replaced."""
        checks = Checks(call.body)
        checks.require_contact()
        checks.one_of("status", STATUSES)
        checks.dates("date_created", "last_updated")
        checks.listed("tags")
        if not isinstance(checks.body.get("custom_fields") or {}, dict):
            checks.invalid("custom_fields")
        self._refuse(checks.errors)
        body = checks.body
        written = self._contact(body, read_ms(body.get("date_created")))
        written.fields |= {n: v for n, v in body.items() if n not in _NOT_FIELDS}
        for name, value in (body.get("custom_fields") or {}).items():
            written.custom_fields[name] = value
        if body.get("tags") is not None:
            now = _now()
            written.tags = _unique([self.ledger.tag(sent, now) for sent in body["tags"]])

    def add_tags(self, call: Call) -> None:
        """``POST tags/add``: by ids, names or objects; a tag that is there stays as it is."""
        written, sent = self._tagged(call)
        written.tags = _unique([*(written.tags or ()), *sent])

    def remove_tags(self, call: Call) -> None:
        """``POST tags/remove``: by ids, names or objects."""
        written, sent = self._tagged(call)
        gone = {tag["id"] for tag in sent}
        written.tags = [tag for tag in written.tags or () if tag["id"] not in gone]

    def _tagged(self, call: Call) -> tuple[Written, list[Row]]:
        checks = Checks(call.body)
        checks.require_contact()
        checks.require("tags")
        checks.listed("tags")
        self._refuse(checks.errors)
        written = self._known_contact(checks.body)
        if written.tags is None:
            written.tags = self.vendor.view.tags_of(written.origin)
        now = _now()
        return written, [self.ledger.tag(sent, now) for sent in checks.body["tags"]]

    def _contact(self, body: Row, created_ms: int | None = None) -> Written:
        contact_id, email = body.get("contact_id"), body.get("email")
        born_ms = created_ms if created_ms is not None else _now_ms()
        return self.ledger.contact(
            str(contact_id) if contact_id is not None else None, email, born_ms
        )

    def _known_contact(self, body: Row) -> Written:
        """The contact of an object; an id must be known, an address need not be."""
        contact_id = body.get("contact_id")
        if contact_id is None:
            return self._contact(body)
        if self.ledger.find(str(contact_id)) is None:
            self._refuse(["contact not found"])
        return self._contact({"contact_id": contact_id})

    # Orders, subscriptions, products

    def invoice(self, call: Call) -> None:
        """``POST invoice``: whole cents; its items create the products they name."""
        checks = Checks(call.body)
        checks.require("id", "amount", "paid", "date_created", "items")
        checks.require_contact()
        checks.whole(*_INVOICE_CENTS)
        checks.dates("date_created")
        checks.listed("items")
        items = checks.body.get("items")
        for item in items if isinstance(items, list) else ():
            part = Checks(item)
            part.require("name", "product_id", "amount")
            part.whole("amount", "total_paid")
            checks.errors += part.errors
        self._refuse(checks.errors)
        body = checks.body
        self.ledger.keep("invoice", body, self._known_contact(body))
        for item in body["items"]:
            product = {"id": item["product_id"], "name": item["name"]}
            self.ledger.objects["product"].setdefault(str(item["product_id"]), product)

    def subscription(self, call: Call) -> None:
        """``POST subscription``: it creates no order."""
        checks = Checks(call.body)
        checks.require(*_SUBSCRIPTION)
        checks.require_contact()
        checks.whole("amount", "frequency", "quantity")
        checks.dates("start_date", "last_bill_date", "trial_end_date", "end_date", "canceled_date")
        checks.one_of("billing_cycle", BILLING_CYCLES)
        self._refuse(checks.errors)
        self.ledger.keep("subscription", checks.body, self._known_contact(checks.body))

    def product(self, call: Call) -> None:
        """``POST product``."""
        checks = Checks(call.body)
        checks.require("id", "name")
        self._refuse(checks.errors)
        self.ledger.keep("product", checks.body)

    # Ads

    def performance(self, call: Call) -> None:
        """``POST ad/performance``: one row for each ad and day; nested objects are created."""
        checks = Checks(call.body)
        checks.require("ad", "spend", "date")
        checks.whole("spend", "clicks", "impressions")
        checks.dates("date")
        body = checks.body
        nested: dict[str, Row] = {
            name: body[name]
            for name in ("adcampaign", "adset", "ad")
            if isinstance(body.get(name), dict)
        }
        for name, part in nested.items():
            more = {"ad": ("adcampaign", "adset"), "adset": ("adcampaign",)}.get(name, ())
            for needed in ("id", "name", *more):
                if not is_given(part.get(needed)):
                    checks.errors.append(f"missing '{name}.{needed}' field ")
        self._refuse(checks.errors)
        for name, part in nested.items():
            self.ledger.keep(name, part)
        ids = {name: _id_of(body.get(name)) for name in ("ad", "adset", "adcampaign")}
        ad = nested.get("ad") or {}
        ids["adset"] = ids["adset"] or _id_of(ad.get("adset"))
        adset = self.ledger.objects["adset"].get(str(ids["adset"])) or {}
        campaign = _id_of(ad.get("adcampaign")) or _id_of(adset.get("adcampaign"))
        ids["adcampaign"] = ids["adcampaign"] or campaign
        day = str(body["date"])[:10]
        counts = {name: body.get(name) or 0 for name in ("spend", "clicks", "impressions")}
        self.ledger.performance[str(ids["ad"]), day] = {**ids, "date": day, **counts}

    # Tracking

    def identify(self, call: Call) -> None:
        """``GET identify``: ties a browser's uid to a contact, by old names or new, never both."""
        query = {name: value for name, value in call.query.items() if value}
        old, new = query.keys() & set(_OLD_NAMES), query.keys() & set(_NEW_NAMES)
        if old and new:
            self._refuse(["old and new parameter names must not be mixed"])
        names = _OLD_NAMES if old else _NEW_NAMES
        account, uid, email, contact_id = (query.get(name) for name in (*names, "cid")[:4])
        missing = [name for name in (names if old else names[:1]) if name not in query]
        errors = [f"missing '{name}' field " for name in missing]
        if not email and not contact_id and not old:
            errors.append("missing 'e' or 'cid' field ")
        self._refuse(errors)
        if account != environment.SEGMETRICS_ACCOUNT_ID:
            raise self.vendor.refuse(403, "forbidden", "unknown account")
        written = self._known_contact({"contact_id": contact_id, "email": email})
        if uid and uid not in written.uids:
            written.uids.append(uid)
        row = {"uid": uid, "email": email, "contact_id": written.contact_id}
        if row not in self.ledger.identities:
            self.ledger.identities.append(row)

    def _refuse(self, errors: list[str]) -> None:
        if errors:
            refusal = self.vendor.refuse(400, "bad_request", errors[0])
            refusal.reply.body["errors"] = errors
            raise refusal


def _unique(tags: list[Row]) -> list[Row]:
    found: dict[str, Row] = {}
    for tag in tags:
        found.setdefault(tag["id"], tag)
    return list(found.values())


def _id_of(part: Json) -> Json:
    return part.get("id") if isinstance(part, dict) else part


def _now() -> str:
    return now_utc().strftime("%Y-%m-%d %H:%M:%S")


def _now_ms() -> int:
    return round(now_utc().timestamp() * 1000)
