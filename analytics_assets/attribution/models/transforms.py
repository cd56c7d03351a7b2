"""Changes to paths before a model reads them, applied in the order given.

Each step takes paths and returns paths, without a loop. A removed touch loses its age as well; of
repeated touches the first one is kept. The names of the steps are those of Google's fractribution
and Snowplow's attribution package, and mean the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from analytics_assets.attribution.models.paths import (
    AttributionInputError,
    Booleans,
    Integers,
    Paths,
    distinct,
    last_where,
    narrowest,
    path_starts,
)

Step = str | Sequence[str]  # a name, or a name and a channel


def transform(
    paths: Paths,
    steps: Sequence[Step] = (),
    *,
    lookback_hours: float | None = None,
    lookback_touches: int | None = None,
) -> Paths:
    """Paths within the lookback, then changed by each step in turn.

    A touch of negative age came after the conversion: it is never part of a path.

    Args:
        paths: the paths to change.
        steps: `unique` (as it is), `exposure` (a run of one channel is one touch), `first` (each
            channel once, at its first place), `frequency` (as `first`, with the channel's count
            in its name: `Email(3)`); or with a channel `("exclude", "Direct")` (an all-Direct path
            becomes empty: unattributed), `("remove_if_not_all", "Direct")` (the same, but an
            all-Direct path stays and Direct gets it back), `("remove_if_last_and_not_all",
            "Direct")` (only the run of Direct at the end goes, unless it is all).
        lookback_hours: only touches younger than that (half open: an age of exactly that is out).
        lookback_touches: only that many last touches, counted before the steps.

    Raises:
        AttributionInputError: an unknown step, or hours without ages.
    """
    if paths.ages_hours is not None and (paths.ages_hours < 0).any():
        paths = paths.keep(paths.ages_hours >= 0)
    if lookback_hours is not None:
        if paths.ages_hours is None:
            raise AttributionInputError(
                "A lookback in hours needs the ages of the touches", todo="Add the column ages."
            )
        paths = paths.keep(paths.ages_hours < lookback_hours)
    if lookback_touches is not None:
        left = np.repeat(paths.lengths, paths.lengths) - paths.steps
        paths = paths.keep(left <= lookback_touches)
    for step in steps:
        paths = _apply(paths, step)
    return paths


def channel_sets(paths: Paths) -> Paths:
    """The sets of channels of all paths that have touches, each once, in a fixed order."""
    sets = _first(paths.with_rows(paths.lengths > 0))
    ordered = np.lexsort((sets.codes, sets.rows))
    return distinct(replace(sets, codes=sets.codes[ordered]))


def _apply(paths: Paths, step: Step) -> Paths:
    match step:
        case str() if step in _PLAIN:
            return _PLAIN[step](paths)
        case [str(name), str(channel)] if name in _OF_A_CHANNEL:
            return paths.keep(_OF_A_CHANNEL[name](paths, _is_channel(paths, channel)))
    raise AttributionInputError(
        f"There is no path transform {step!r}",
        todo=f"Use {', '.join(_PLAIN)}, or with a channel {', '.join(_OF_A_CHANNEL)}.",
    )


def _is_channel(paths: Paths, channel: str) -> Booleans:
    code = paths.channels.index(channel) if channel in paths.channels else -1
    return np.equal(paths.codes, code)


def _unique(paths: Paths) -> Paths:
    return paths


def _exposure(paths: Paths) -> Paths:
    if not len(paths.codes):
        return paths
    begins = np.concatenate(([True], paths.codes[1:] != paths.codes[:-1]))
    begins[path_starts(paths)[1]] = True
    return paths.keep(begins)


def touches_of_channel(paths: Paths) -> Integers:
    """Per touch, the number of touches of its path with its channel."""
    return np.concatenate([_repeats(part)[1] for part in paths.parts()])


def _occurrences(paths: Paths) -> Integers:
    """The same at the first of them; 0 at the others."""
    return np.concatenate([_repeats(part)[0] for part in paths.parts()])


def _repeats(paths: Paths) -> tuple[Integers, Integers]:
    together = paths.rows * max(len(paths.channels), 1) + paths.codes
    _, firsts, groups, counts = np.unique(
        together, return_index=True, return_inverse=True, return_counts=True
    )
    at_first = np.zeros(len(together), np.int64)
    at_first[firsts] = counts
    return at_first, counts[groups]


def _first(paths: Paths) -> Paths:
    return paths.keep(_occurrences(paths) > 0)


def _frequency(paths: Paths) -> Paths:
    times = _occurrences(paths)
    kept = paths.keep(times > 0)
    seen = np.stack((kept.codes, times[times > 0]))
    pairs, places = np.unique(seen, axis=1, return_inverse=True)
    labels = [f"{paths.channels[code]}({count})" for code, count in pairs.T]
    channels = sorted(set(labels))
    known = np.array([channels.index(label) for label in labels], narrowest(len(channels)))
    return replace(kept, channels=tuple(channels), codes=known[places.ravel()])


def _not_it(_: Paths, is_it: Booleans) -> Booleans:
    return ~is_it


def _not_it_unless_all(paths: Paths, is_it: Booleans) -> Booleans:
    return ~is_it | _is_all(paths, is_it)


def _not_the_tail_unless_all(paths: Paths, is_it: Booleans) -> Booleans:
    last_other = last_where(paths, ~is_it)[paths.rows]
    return (last_other < 0) | (np.arange(len(is_it)) <= last_other)


def _is_all(paths: Paths, is_it: Booleans) -> Booleans:
    """Per touch, whether all touches of its path are of the channel."""
    is_all: Booleans = (last_where(paths, ~is_it) < 0)[paths.rows]
    return is_all


_PLAIN: dict[str, Callable[[Paths], Paths]] = {
    "unique": _unique,
    "exposure": _exposure,
    "first": _first,
    "frequency": _frequency,
}
_OF_A_CHANNEL: dict[str, Callable[[Paths, Booleans], Booleans]] = {
    "exclude": _not_it,
    "remove_if_not_all": _not_it_unless_all,
    "remove_if_last_and_not_all": _not_the_tail_unless_all,
}
