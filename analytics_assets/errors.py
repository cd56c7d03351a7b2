"""Errors as classes by what the user must do; the text is always one line.

Every message says what happened, where, and what to do. `fatal` means that no other
day or tenant of the same vendor can fare better, so the loader stops asking.
"""

from __future__ import annotations

from analytics_assets.redaction import visible


class AnalyticsError(Exception):
    """Something a user can put right; `str(error)` is one line without secrets."""

    fatal = False

    def __init__(self, what: str, *, todo: str = "") -> None:
        """Keep one line: `what` happened and where, then what `todo`."""
        self.what = visible(" ".join(what.split())).rstrip(".")
        self.todo = visible(" ".join(todo.split()))
        super().__init__(f"{self.what}. {self.todo}" if self.todo else self.what)


class ConfigurationError(AnalyticsError):
    """A setting is missing or cannot be used: change the environment or `analytics.toml`."""

    fatal = True


class CredentialsRefusedError(AnalyticsError):
    """The vendor does not know the credential (HTTP 401): set a valid one."""

    fatal = True


class AccessDeniedError(AnalyticsError):
    """The credential may not read this (HTTP 403): widen its rights or drop the tenant."""


class RequestRefusedError(AnalyticsError):
    """The vendor rejects the request itself (other 4xx): repeating it cannot help."""

    def __init__(self, what: str, *, todo: str = "", status: int = 0) -> None:
        """Keep the HTTP `status` for callers that know what it means, such as 413."""
        super().__init__(what, todo=todo)
        self.status = status


class QuotaExceededError(AnalyticsError):
    """The vendor's quota is used up: waiting for the next period is all that helps."""

    fatal = True


class MemoryTooSmallError(AnalyticsError):
    """The days of one load do not fit into the memory that is set: raise or drop the setting."""


class VendorPausedError(AnalyticsError):
    """The vendor has said until when it wants to be left alone: nobody asks before then."""

    fatal = True


class AnswerTooLargeError(AnalyticsError):
    """An answer has more bytes than are allowed: raise the bound if that is right."""


class AnswerTooSlowError(AnalyticsError):
    """An answer comes so slowly that it is given up, and no other one is asked for."""

    fatal = True


class VendorUnreachableError(AnalyticsError):
    """No connection to the vendor's host: check the address and the network."""

    fatal = True


class VendorUnavailableError(AnalyticsError):
    """The vendor kept answering 408, 429 or 5xx, or broke the connection: try again later."""


class UnexpectedAnswerError(AnalyticsError):
    """The answer is not as documented: broken JSON, an error under 200, a short count."""


class LoadFailedError(AnalyticsError):
    """Something that nobody foresaw was raised while a window was loaded: report it."""


class DayNotClosedError(AnalyticsError):
    """The day is not over at the tenant: ask again after its local midnight."""


class LakeError(AnalyticsError):
    """The lake cannot be written: full, read-only, gone, or of the other kind."""

    fatal = True
