"""Which ad belongs to which set and campaign; contradictions and circles are refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from graphlib import CycleError, TopologicalSorter
from hashlib import sha256
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from analytics_assets.activation.kinds import Kind
from analytics_assets.activation.sources import Row
from analytics_assets.privacy.addresses import addresses_in
from analytics_assets.privacy.forgotten import PSEUDONYM, Forgotten, contact_hash
from analytics_assets.privacy.hashing import Privacy
from analytics_assets.vendors.segmetrics.journeys import is_personal_field
from analytics_assets.vendors.segmetrics.payloads import AdPerformance, Payload


class RowError(ValueError):
    """Why a row is refused."""


@dataclass
class AdObjects:
    """Which ad belongs to which set and campaign, over all rows.

    Ids share one space, as those of the big ad platforms do, so that a cycle can be detected.
    """

    parents: dict[str, dict[str, int]] = field(default_factory=dict)
    campaigns: dict[str, str] = field(default_factory=dict)

    def add(self, number: int, row: AdPerformance) -> None:
        """Note a row's objects.

        Raises:
            RowError: they contradict each other or those of another row.
        """
        own = {name: _id(getattr(row, name)) for name in ("ad", "adset", "adcampaign")}
        links = [("ad", "adset", own["adset"]), ("adset", "adcampaign", own["adcampaign"])]
        for child in ("ad", "adset"):
            for parent in ("adset", "adcampaign"):
                said = getattr(getattr(row, child), parent, None)
                if said is None:
                    continue
                links.append((child, parent, str(said)))
                if own[parent] not in {None, str(said)}:
                    raise RowError(
                        f"{child}.{parent} is {said}, and {parent} of the row is {own[parent]}"
                    )
        for child, parent, target in links:
            source = own[child]
            if source is None or target is None:
                continue
            if (child, parent) == ("adset", "adcampaign"):
                known = self.campaigns.setdefault(source, target)
                if known != target:
                    raise RowError(f"adset {source} is of campaign {target}, and of {known} before")
            self.parents.setdefault(source, {}).setdefault(target, number)

    def cycle(self) -> tuple[int, str] | None:
        """A row that closes a cycle, and the cycle in words; None where there is none."""
        try:
            TopologicalSorter({k: list(v) for k, v in self.parents.items()}).prepare()
        except CycleError as error:
            path = list(reversed(error.args[1]))
            number = max(self.parents[a][b] for a, b in pairwise(path))
            return number, f"ad objects belong to each other in a circle: {' in '.join(path)}"
        return None


def _id(part: Any) -> str | None:
    found = getattr(part, "id", part)
    return None if found is None else str(found)


WITHDRAWN = "withdrawn"
"""The column that says of a row that its object is to be taken back."""
_YES = {"1", "true", "t", "yes", "y"}
_NAMES = ("first_name", "last_name")
_ADDRESSES = {"email", "ip_address"}
_PERSONAL = _ADDRESSES.union(_NAMES)
_IDS = frozenset({"id", "product_id", "subscription_id"})
_EMAIL = re.compile(r"[^@\s,;<>()]+@[^@\s.,;<>()]+(\.[^@\s.,;<>()]+)+")
_NO_ADDRESS = "it is no e-mail address"
_HASHED = re.compile(rf"\b[0-9a-f]{{64}}\b|^hidden$|^{PSEUDONYM}[0-9a-f]+$")


@dataclass(frozen=True)
class Subject:
    """The object that a row or an entry of the ledger is about.

    Attributes:
        object_id: the object's id; what names a contact in it is hashed.
        contact_ref: the object id of its contact.
        contact_id: the contact's id, if there is one.
        email: the contact's address, only in memory.
        identity: what names the object beside its contact.
        also: the object id by the contact's address, where `object_id` is by the contact's id.
    """

    object_id: str
    contact_ref: str | None = None
    contact_id: str | int | None = None
    email: str | None = field(default=None, repr=False)
    identity: Row = field(default_factory=dict)
    also: str | None = None

    @property
    def said(self) -> Row:
        """The fields that a withdrawal has to send."""
        known = {"contact_id": self.contact_id, "email": self.email}
        return {**self.identity, **{n: v for n, v in known.items() if v is not None}}


@dataclass(frozen=True)
class CheckedRow:
    """A row that may be sent, or whose object is to be taken back."""

    number: int
    subject: Subject
    payload: Payload | None
    payload_hash: str | None
    day: date | None = None
    amount: int | None = None


class RowChecker:
    """Checks the rows of one kind.

    Args:
        kind: what a row is.
        privacy: how personal data is written, and so what is personal.
        forgotten: people of whom nothing may be sent.
        timezone: the zone of the vendor's days.
        personal_data: whether the mapping says that personal data is sent.
        identify_by_email: whether the tracking host's parameters can name contacts by address only.
        undo: take back everything that is in the source.
    """

    def __init__(  # noqa: PLR0913  what the settings say
        self,
        kind: Kind,
        privacy: Privacy,
        forgotten: Forgotten,
        *,
        timezone: str,
        personal_data: bool,
        identify_by_email: bool = False,
        undo: bool = False,
    ) -> None:
        self.kind = kind
        self.ads = AdObjects()
        self._privacy = privacy
        self._pseudonyms = {one.hash: one.pseudonym for one in forgotten.identifiers}
        self._personal_data = personal_data or privacy.plain
        self._identify_by_email = identify_by_email and kind.name == "identify"
        self._undo = undo
        self._zone = ZoneInfo(timezone)
        self.hides = not privacy.plain

    def check(self, number: int, row: Row) -> CheckedRow:
        """Check a row and return the object that it describes.

        Raises:
            RowError: it cannot be sent, with the reason.
        """
        row = dict(row)
        withdrawn = str(row.pop(WITHDRAWN, "")).strip().lower() in _YES
        if withdrawn or self._undo:
            return CheckedRow(number, self.subject(row), None, None)
        self._refuse_hidden(row)
        try:
            payload = self.kind.model.model_validate(row)
        except ValidationError as error:
            raise RowError("; ".join(_reasons(error))) from None
        body = payload.body()
        if (email := body.get("email")) is not None and not _EMAIL.fullmatch(email):
            raise RowError(f"email: {_NO_ADDRESS}")
        if self._identify_by_email and not (body.get("uid") and body.get("email")):
            raise RowError(
                "identify needs a uid and an e-mail address, unless "
                "segmetrics.identify_parameters is 2026"
            )
        subject = self.subject(body)
        if self._is_forgotten(subject):
            return CheckedRow(number, subject, None, None)
        if isinstance(payload, AdPerformance):
            self.ads.add(number, payload)
        text = json.dumps(body, sort_keys=True, ensure_ascii=False)
        return CheckedRow(
            number,
            subject,
            payload,
            sha256(f"{self._privacy.key}{text}".encode()).hexdigest(),
            _day(self.kind.counts_at(payload), self._zone) if self.kind.counts_at else None,
            self.kind.amount(payload) if self.kind.amount else None,
        )

    def subject(self, said: Mapping[str, Any]) -> Subject:
        """The object that a row or body is about.

        Raises:
            RowError: it does not say.
        """
        contact_id, email = said.get("contact_id"), said.get("email")
        identity = self.kind.subject(said)
        if missing := [name for name, value in identity.items() if value is None]:
            raise RowError(f"{missing[0]}: Field required")
        refs = [
            *([self._contact_ref(str(contact_id))] if contact_id is not None else []),
            *([self._email_ref(str(email))] if email is not None else []),
        ]
        if self.kind.of_contact and not refs:
            raise RowError("contact_id or email is required")
        named = [str(value) for value in identity.values()]
        return Subject(
            object_id=" ".join([*(refs[:1] if self.kind.of_contact else []), *named]),
            contact_ref=refs[0] if refs else None,
            contact_id=contact_id,
            email=email,
            identity=identity,
            also=" ".join([*refs[1:], *named]) if self.kind.of_contact and refs[1:] else None,
        )

    def shown(self, row: Mapping[str, Any]) -> str:
        """A row for people: without names, and with addresses hashed."""
        kept = dict(row)
        if not self._privacy.plain:
            kept = _without_names(row)
            for name in _ADDRESSES & kept.keys():  # also one that no pattern finds
                kept[name] = self._privacy.hashed(str(kept[name]))
        return self._privacy.hidden(json.dumps(kept, default=str, ensure_ascii=False))

    def _contact_ref(self, contact_id: str) -> str:
        if self._privacy.plain:
            return f"contact {contact_id.strip()}"
        found = contact_hash(self._privacy, contact_id)
        return self._pseudonyms.get(found, found)

    def _email_ref(self, email: str) -> str:
        if self._privacy.plain:
            return email.strip().lower()
        found = self._privacy.hashed(email)
        return self._pseudonyms.get(found, found)

    def _is_forgotten(self, subject: Subject) -> bool:
        hashes = []
        if subject.contact_id is not None:
            hashes.append(contact_hash(self._privacy, str(subject.contact_id)))
        if subject.email is not None:
            hashes.append(self._privacy.hashed(subject.email))
        return any(one in self._pseudonyms for one in hashes)

    def _refuse_hidden(self, row: Row) -> None:
        """Refuse hashes, and personal data that the mapping does not say is sent."""
        for name, text in _texts(row):
            if name.rpartition(".")[2] not in _IDS and _HASHED.search(text):
                raise RowError(
                    f"{name}: it is hashed, as ANALYTICS_PII says, and means nothing to the "
                    "vendor; take it from a source of your own"
                )
            if self._personal_data:
                continue
            of_account = name.removeprefix("custom_fields.")
            named = of_account != name and is_personal_field(of_account)
            if name in _PERSONAL or named or addresses_in(text):
                raise RowError(
                    f"{name}: it is personal data, which ANALYTICS_PII hashes; set "
                    f"activation.{self.kind.name}.personal_data = true if it shall be sent"
                )


def _without_names(row: Mapping[str, Any]) -> Row:
    """A row without the personal values that no pattern can find."""
    kept = {name: value for name, value in row.items() if name not in _NAMES}
    if isinstance(fields := kept.get("custom_fields"), Mapping):
        kept["custom_fields"] = {n: v for n, v in fields.items() if not is_personal_field(n)}
    return kept


def _day(value: date | datetime, zone: ZoneInfo) -> date:
    return value.astimezone(zone).date() if isinstance(value, datetime) else value


def _reasons(error: ValidationError) -> list[str]:
    found = []
    for one in error.errors(include_url=False, include_input=False):
        place = ".".join(str(part) for part in one["loc"] if _is_place(part))
        words = _NO_ADDRESS if one["type"] == "string_pattern_mismatch" else one["msg"]
        found.append(f"{place}: {words}" if place else words)
    return found


def _is_place(part: int | str) -> bool:
    """Whether a part of an error's place is a field or a position, and not a branch of a union."""
    if isinstance(part, int):
        return True
    return part.isidentifier() and part.islower() and part not in {"int", "str"}


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text within, with its place."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _texts(part, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part, name)
