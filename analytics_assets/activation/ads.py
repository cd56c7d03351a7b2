"""Which ad belongs to which set and campaign; contradictions and circles are refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any

from analytics_assets.vendors.segmetrics.payloads import AdPerformance


class RowError(ValueError):
    """Why a row is refused."""


@dataclass
class AdObjects:
    """Which ad belongs to which set and campaign, over all rows.

    Ids share one space, as those of the big ad platforms do, so that a cycle can be told.
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
