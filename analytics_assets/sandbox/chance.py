"""Repeatable chance: every number follows from a key, never from the order of calls.

Only ``Random.random`` is used, whose sequence Python guarantees for a given seed across versions.
"""

from __future__ import annotations

import math
from bisect import bisect
from hashlib import blake2b
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")


def _digest(key: tuple[object, ...], size_bytes: int) -> bytes:
    return blake2b("|".join(map(str, key)).encode(), digest_size=size_bytes).digest()


def draw(*key: object) -> float:
    """A number in [0, 1) that follows from the key alone."""
    return int.from_bytes(_digest(key, 7), "big") / 2**56


def token(digits: int, *key: object) -> str:
    """Hexadecimal text of the wanted length that follows from the key alone."""
    return _digest(key, (digits + 1) // 2).hex()[:digits]


def stream(*key: object) -> Random:
    """A generator of random numbers seeded by the key."""
    return Random("|".join(map(str, key)))  # noqa: S311 - synthetic data, not secrets


def exponential(rng: Random, mean: float) -> float:
    """An exponentially distributed number."""
    return -mean * math.log(1.0 - rng.random())


class Weighted(Generic[T]):
    """Values to choose from, each with its weight."""

    __slots__ = ("_cumulative", "values")

    def __init__(self, weights: Iterable[tuple[T, float]]) -> None:
        """Take pairs of value and weight; values of weight zero are never chosen."""
        pairs = [pair for pair in weights if pair[1] > 0]
        self.values = [value for value, _ in pairs]
        self._cumulative = list(accumulate(weight for _, weight in pairs))

    def pick(self, rng: Random) -> T:
        """One value."""
        return self.values[bisect(self._cumulative, rng.random() * self._cumulative[-1])]
