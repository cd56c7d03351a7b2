"""Shapley values against their definition: the mean contribution over all orders of joining."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from analytics_assets.attribution.models import AttributionInputError, attribute, shapley
from analytics_assets.attribution.models.reading import read_paths
from analytics_assets_tests.attribution.models.worlds import Row, by_channel, random_rows, table

Game = Callable[[list[Row], set[str]], float]


def _sum_game(rows: list[Row], coalition: set[str]) -> float:
    return sum(row.conversions for row in rows if row.path and set(row.path) <= coalition)


def _rate_game(rows: list[Row], coalition: set[str]) -> float:
    inside = [row for row in rows if row.path and set(row.path) <= coalition]
    taken = sum(row.conversions + row.nulls for row in inside)
    return sum(row.conversions for row in inside) / taken if taken else 0.0


def _defined(rows: list[Row], game: Game) -> dict[str, float]:
    players = sorted({channel for row in rows for channel in row.path})
    values = dict.fromkeys(players, 0.0)
    orders = list(permutations(players))
    for order in orders:
        for place, player in enumerate(order):
            before = set(order[:place])
            values[player] += game(rows, before | {player}) - game(rows, before)
    return {player: value / len(orders) for player, value in values.items()}


def _values(rows: list[Row], game: str, **options: Any) -> dict[str, float]:
    found = by_channel(attribute(table(*rows), "shapley", game=game, **options))
    found.pop("(unattributed)", None)
    return found


def test_worked_answers() -> None:
    assert _values([Row("a", 4), Row("ab", 6)], "sum") == pytest.approx({"a": 7, "b": 3})
    assert _values([Row("abcd", 10)], "sum") == pytest.approx(dict.fromkeys("abcd", 2.5))


@given(random_rows)
def test_the_sum_game_is_the_mean_over_all_orders(rows: list[Row]) -> None:
    assert _values(rows, "sum") == pytest.approx(_defined(rows, _sum_game), abs=1e-9)


@given(random_rows)
def test_the_rate_game_is_the_mean_over_all_orders(rows: list[Row]) -> None:
    taken = sum(row.conversions + row.nulls for row in rows if row.path)
    expected = {name: value * taken for name, value in _defined(rows, _rate_game).items()}
    assert _values(rows, "rate") == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("game", ["sum", "rate"])
@given(rows=random_rows)
def test_the_values_sum_to_all_conversions(game: str, rows: list[Row]) -> None:
    total = sum(row.conversions for row in rows if row.path)
    assert sum(_values(rows, game).values()) == pytest.approx(total, abs=1e-9)


@pytest.mark.parametrize("game", ["sum", "rate"])
@given(rows=random_rows)
def test_channels_that_do_the_same_get_the_same(game: str, rows: list[Row]) -> None:
    swap = str.maketrans("ab", "ba")
    mirrored = [Row(row.path.translate(swap), row.conversions, row.nulls) for row in rows]
    values = _values([*rows, *mirrored], game)
    assert values.get("a", 0) == pytest.approx(values.get("b", 0), abs=1e-9)


def test_a_negative_value_keeps_its_sign_until_asked() -> None:
    rows = [Row("a", 9, 1), Row("ab", 1, 9)]
    assert _values(rows, "rate")["b"] < 0
    floored = _values(rows, "rate", floor=True)
    assert floored == pytest.approx({"a": 10, "b": 0})


@pytest.mark.parametrize("channels", [4, 8])
def test_drawn_orders_estimate_the_exact_value_within_their_error(channels: int) -> None:
    draw = np.random.default_rng(5)
    letters = list("abcdefgh"[:channels])
    rows = [
        Row("".join(draw.choice(letters, draw.integers(1, 5))), int(draw.integers(4)), 2, i / 7)
        for i in range(60)
    ]
    paths = read_paths(table(*rows))
    exact = shapley.rate_game(paths)
    estimate, error = shapley.sampled_rate_game(paths, samples=400, seed=1)
    assert (error > 0).any()
    assert (np.abs(estimate - exact) <= 4.5 * error + 1e-9).all()
    assert estimate.sum(axis=0) == pytest.approx(exact.sum(axis=0))


def test_more_channels_than_can_be_enumerated_show_their_error() -> None:
    at_most, more = (
        attribute(
            table(*(Row(chr(97 + i) + chr(98 + i), i % 3, 1) for i in range(count - 1))),
            "shapley",
            game="rate",
            samples=50,
        )
        for count in (20, 21)
    )
    assert at_most.column_names == ["channel", "conversions", "revenue"]
    assert more.column_names[3:] == ["conversions_standard_error", "revenue_standard_error"]
    assert sum(more["conversions"].to_pylist()) == pytest.approx(sum(i % 3 for i in range(20)))
    assert max(more["conversions_standard_error"].to_pylist()) > 0


def test_drawing_twice_gives_the_same() -> None:
    rows = table(*(Row(chr(97 + i) + chr(98 + i), i % 3, 1) for i in range(22)))
    first, again, other = (
        attribute(rows, "shapley", game="rate", samples=20, seed=seed) for seed in (3, 3, 4)
    )
    assert first.equals(again)
    assert not first.equals(other)


@pytest.mark.parametrize("options", [{"game": "poker"}, {"game": "rate", "samples": 1}])
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    rows = table(*(Row(chr(97 + i)) for i in range(21)))
    with pytest.raises(AttributionInputError):
        attribute(rows, "shapley", **options)
