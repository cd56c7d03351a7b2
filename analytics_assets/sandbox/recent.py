"""The results asked for last, kept so that a listing read page by page is made once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")


class Recent(Generic[T]):
    """A cache that forgets what was asked for longest ago."""

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
