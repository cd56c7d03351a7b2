"""A Dagster instance in the folder of a test."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest


@pytest.fixture
def instance(sandbox: dict[str, str]) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(sandbox["DAGSTER_HOME"]) as instance:
        yield instance
