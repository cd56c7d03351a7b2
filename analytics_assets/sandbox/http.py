"""A vendor as the server sees it: routes whose handlers turn a call into a reply."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar

from analytics_assets.sandbox.clock import utc_milliseconds
from analytics_assets.sandbox.spellings import NO_ID, SentId

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from starlette.datastructures import QueryParams

    from analytics_assets.sandbox.records import Conversion, Device, Session
    from analytics_assets.sandbox.world import World

T = TypeVar("T")
Json: TypeAlias = Any
"""Any value of a JSON document."""


@dataclass(slots=True)
class Fault:
    """One kind of fault, whom it hits, and how often still."""

    kind: str
    vendor: str = "*"
    path_part: str = ""
    remaining: int = 1
    arg: str = ""

    def hits(self, vendor: str, path: str) -> bool:
        """Whether it applies to this request."""
        return self.remaining != 0 and self.vendor in {"*", vendor} and self.path_part in path


def no_fault(kinds: frozenset[str]) -> Fault | None:
    """Nothing goes wrong."""
    del kinds
    return None


@dataclass(slots=True)
class Call:
    """One request, read completely. ``fault`` uses up the next fault of some kinds, if any."""

    method: str
    path: str
    query: QueryParams
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    route: Mapping[str, str]
    body: Json = None
    form: Mapping[str, str] = field(default_factory=dict)
    client: str = ""
    url: str = ""
    fault: Callable[[frozenset[str]], Fault | None] = no_fault

    def bearer(self) -> str:
        """The token after ``Authorization: Bearer``, or an empty text."""
        kind, _, value = self.headers.get("authorization", "").partition(" ")
        return value.strip() if kind.lower() == "bearer" else ""

    def field(self, name: str) -> Json:
        """A field of the JSON body, else the query parameter of that name, else None."""
        if isinstance(self.body, dict) and name in self.body:
            return self.body[name]
        return self.query.get(name)


@dataclass(slots=True)
class Reply:
    """An answer; the body becomes JSON."""

    body: Json
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):  # noqa: N818 - it is an answer, not an error of the server
    """Raised inside a handler to answer at once with something else."""

    def __init__(self, reply: Reply) -> None:
        """Carry the answer."""
        super().__init__(f"HTTP {reply.status}")
        self.reply = reply


Handler: TypeAlias = Callable[[Call], Reply]


class Endpoint(NamedTuple):
    """A method, a path below the vendor's prefix, and the handler that answers it."""

    method: str
    path: str
    handler: Handler


class Vendor(ABC):
    """The base of every vendor. A subclass declares endpoints, credentials, limits and errors."""

    name = ""
    prefix = ""
    states_request_id = False
    """Whether every response carries ``X-Request-ID``."""

    def __init__(self, world: World) -> None:
        """Look at this world."""
        self.world = world

    @abstractmethod
    def endpoints(self) -> list[Endpoint]:
        """All routes, the more specific first."""

    @abstractmethod
    def authorise(self, call: Call) -> None:
        """Raise ``Refusal`` unless the call carries a valid credential."""

    def limit_per_minute(self, call: Call) -> int | None:
        """The documented limit for this call; None where the vendor documents none."""
        del call
        return None

    def limit_group(self, call: Call) -> str:
        """Calls of one group share a limit."""
        del call
        return ""

    def limit_headers(self, limit: int, remaining: int, reset_epoch_seconds: int) -> dict[str, str]:
        """The headers that state a limit."""
        del limit, remaining, reset_epoch_seconds
        return {}

    @abstractmethod
    def error(self, status: int, code: str, message: str, detail: Json = None) -> Json:
        """The body of an error, in the vendor's shape."""

    def not_found(self, call: Call) -> Reply:
        """The answer to a path nobody knows."""
        raise self.refuse(404, "not_found", f"No such endpoint: {call.path}")

    def expire_tokens(self) -> None:  # noqa: B027  a vendor without tokens has nothing to do
        """Let every token given out expire at once."""

    def controls(self) -> list[Endpoint]:
        """Paths below ``/control`` that set or show the vendor's state."""
        return []

    def reset(self) -> None:  # noqa: B027  a vendor that cannot be written has nothing to do
        """Forget what was written, and restore every setting."""

    def conversion_records(self, conversion: Conversion) -> list[Json]:
        """The records that this vendor holds of it: ``id`` and every identifier that each shows."""
        del conversion
        return []

    def session_record(self, session: Session) -> str | None:
        """The name this vendor's data gives a visit; None if it has none."""
        del session
        return None

    def device_record(self, device: Device) -> str | None:
        """The name this vendor's data gives a browser; None if it has none."""
        del device
        return None

    def refuse(self, status: int, code: str, message: str, detail: Json = None) -> Refusal:
        """An error to raise."""
        return Refusal(Reply(self.error(status, code, message, detail), status))


class Recent(Generic[T]):
    """Results kept so that a listing read page by page is made once; the oldest is dropped."""

    def __init__(self, size: int) -> None:
        """Keep up to ``size`` results."""
        self._size = size
        self._kept: dict[Hashable, T] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The result of that key, made if it is not known."""
        found = self._kept.pop(key) if key in self._kept else make()
        self._kept[key] = found
        if len(self._kept) > self._size:
            del self._kept[next(iter(self._kept))]
        return found


def record_of(conversion: Conversion, order_id: SentId = NO_ID) -> dict[str, Json]:
    """The fields of a vendor's record of a conversion, without its id."""
    session, order, shop = conversion.session, conversion.order, conversion.person.storefront
    return {
        "order_id": order_id.known,
        "order_id_sent": order_id.text,
        "at": utc_milliseconds(conversion.at_ms),
        "click_id": session.touch.known_click_id if session else None,
        "revenue_minor": order.total_minor if order else 0,
        "currency": shop.currency,
    }


def whole_number(text: Json, default: int) -> int | None:
    """Read a whole number; None if it is not one."""
    if text is None or text == "":
        return default
    try:
        return int(text)
    except (TypeError, ValueError):
        return None
