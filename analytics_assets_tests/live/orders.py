"""What an operator does in the user interface, as the GraphQL that its pages send."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analytics_assets_tests.live.programs import Web, until

Key = tuple[str, ...]
Days = dict[Key, set[str]]

_LAUNCH = """
mutation($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}"""
_BACKFILL = """
query($id: String!) {
  partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } }
}"""
_STATUSES = """
{
  assetNodes {
    assetKey { path }
    assetPartitionStatuses {
      ... on TimePartitionStatuses { ranges { status startKey endKey } }
    }
  }
}"""
_DRY_RUN = """
mutation($schedule: ScheduleSelector!, $at: Float!) {
  scheduleDryRun(selectorData: $schedule, timestamp: $at) {
    __typename
    ... on PythonError { message }
    ... on DryRunInstigationTick {
      evaluationResult {
        error { message }
        skipReason
        runRequests { runKey tags { key value } assetSelection { path } }
      }
    }
  }
}"""
_RUN = """
mutation($params: ExecutionParams!) {
  launchPipelineExecution(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}"""
_RUNS = "query($ids: [String!]){runsOrError(filter: {runIds: $ids}){...on Runs{results{status}}}}"
_ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
REPOSITORY = {
    "repositoryName": "__repository__",
    "repositoryLocationName": "analytics_assets",
}


def start_backfill(web: Web, keys: Sequence[Key], days: Sequence[str]) -> str:
    """Launch a backfill; returns its id."""
    params = {
        "assetSelection": [{"path": list(key)} for key in keys],
        "partitionNames": list(days),
        "title": "backfill",
    }
    launched = web.ask(_LAUNCH, params=params)["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched
    return str(launched["backfillId"])


def backfill(web: Web, keys: Sequence[Key], days: Sequence[str], *, seconds: float) -> str:
    """Launch a backfill and wait for its end; returns its status."""
    backfill_id = start_backfill(web, keys, days)

    def ended() -> str:
        found = web.ask(_BACKFILL, id=backfill_id)["partitionBackfillOrError"]
        return "" if found["status"] in {"REQUESTED", "FAILING", "CANCELING"} else found["status"]

    return until(ended, "the end of the backfill", seconds=seconds)


def days_by_status(web: Web) -> dict[str, Days]:
    """By status, the days that the partition bars of the assets show; none empty."""
    shown: dict[str, Days] = {}
    for node in web.ask(_STATUSES)["assetNodes"]:
        for span in node["assetPartitionStatuses"].get("ranges", ()):
            days = shown.setdefault(span["status"], {}).setdefault(
                tuple(node["assetKey"]["path"]), set()
            )
            days |= {span["startKey"], span["endKey"]}
    return shown


def asked_for(web: Web, schedule: str, at: float) -> list[dict[str, Any]]:
    """What a schedule asks for at a moment, evaluated by the code server."""
    selector = {**REPOSITORY, "scheduleName": schedule}
    found = web.ask(_DRY_RUN, schedule=selector, at=at)["scheduleDryRun"]
    assert found["__typename"] == "DryRunInstigationTick", found
    result = found["evaluationResult"]
    assert not result["error"], result
    requests: list[dict[str, Any]] = result["runRequests"] or []
    return requests


def launch(web: Web, job: str, requests: Sequence[dict[str, Any]], *, seconds: float) -> set[str]:
    """Launch what a schedule asked for and wait; returns the statuses of the runs."""
    ids = []
    for request in requests:
        params = {
            "selector": {
                **REPOSITORY,
                "pipelineName": job,
                "assetSelection": request["assetSelection"],
            },
            "mode": "default",
            "executionMetadata": {"tags": request["tags"]},
        }
        launched = web.ask(_RUN, params=params)["launchPipelineExecution"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        ids.append(launched["run"]["runId"])

    def ended() -> set[str]:
        runs = web.ask(_RUNS, ids=ids)["runsOrError"]["results"]
        statuses = {run["status"] for run in runs}
        return statuses if statuses <= _ENDED else set()

    return until(ended, f"the end of {len(ids)} runs", seconds=seconds)
