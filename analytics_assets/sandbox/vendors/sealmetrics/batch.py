"""SealMetrics' batch: up to 50 statistics in one request, each with its own outcome.

A query names its site by ``account_id`` inside its ``params``. The raw endpoints are not on the
vendor's list of what a batch can ask; here they are refused.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.datastructures import QueryParams
from starlette.routing import compile_path

from analytics_assets.sandbox.http import Call, Endpoint, Json, Refusal, Reply
from analytics_assets.sandbox.vendors.sealmetrics.parameters import invalid, timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics_assets.sandbox.http import Handler
    from analytics_assets.sandbox.vendors.sealmetrics.account import Account

BATCH_MAX_QUERIES = 50
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_DEFAULT_PARALLEL, _MAX_PARALLEL = 5, 10


class Batch:
    """Runs the queries of a batch through the endpoints they name."""

    def __init__(self, vendor: Account, endpoints: Sequence[Endpoint]) -> None:
        """Offer these endpoints."""
        self.vendor = vendor
        self._paths = [
            (compile_path(endpoint.path)[0], endpoint.handler)
            for endpoint in endpoints
            if endpoint.method == "GET"
        ]

    def endpoints(self) -> list[Endpoint]:
        """Every path below the prefix."""
        return [
            Endpoint("POST", "/batch", self.run),
            Endpoint("POST", "/batch/validate", self.validate),
        ]

    def run(self, call: Call) -> Reply:
        """``POST /batch``: 200, whether or not single queries fail."""
        queries, groups = self._plan(call)
        options = self._options(call)
        begun = time.perf_counter()
        results: dict[str, Json] = {}
        stopped = bool(options.get("dry_run"))
        for query in (queries[name] for group in groups for name in group):
            waits_for = (results[name]["status"] for name in query.get("depends_on") or ())
            if stopped or any(status != "success" for status in waits_for):
                result: dict[str, Json] = {"status": "skipped", "data": None, "error": None}
                result["timing_ms"] = None
            else:
                result = self._one(call, query, with_timing=options.get("include_timing", True))
            results[query["id"]] = result
            stopped = stopped or (bool(options.get("fail_fast")) and result["status"] == "error")
        counts = {
            status: sum(result["status"] == status for result in results.values())
            for status in ("success", "error", "skipped")
        }
        partly = "partial" if counts["success"] else "failed"
        body = {
            "batch_id": str(uuid4()),
            "status": partly if counts["error"] else "completed",
            "results": {name: results[name] for name in queries},
            "meta": {
                "total_queries": len(queries),
                "successful": counts["success"],
                "failed": counts["error"],
                "skipped": counts["skipped"],
                "total_timing_ms": round((time.perf_counter() - begun) * 1000),
                "parallel_execution": options.get("parallel_limit", _DEFAULT_PARALLEL) > 1,
            },
            "timestamp": timestamp(),
        }
        return Reply(body)

    def validate(self, call: Call) -> Reply:
        """``POST /batch/validate``: the plan, without running it."""
        queries, groups = self._plan(call)
        errors = [
            {"query_id": name, "message": f"Unknown endpoint: {query.get('endpoint')}"}
            for name, query in queries.items()
            if self._find(str(query.get("endpoint")))[0] is None
        ]
        body = {
            "valid": not errors,
            "query_count": len(queries),
            "execution_order": [name for group in groups for name in group],
            "parallel_groups": groups,
            "errors": errors,
            "warnings": [],
        }
        return Reply(body)

    def _one(self, call: Call, query: dict[str, Json], *, with_timing: bool) -> dict[str, Json]:
        begun = time.perf_counter()
        path, params = str(query.get("endpoint")), query.get("params") or {}
        data, error = None, None
        try:
            data = self._ask(call, path, params)
        except Refusal as refusal:
            error = refusal.reply.body["error"]
        timing_ms = round((time.perf_counter() - begun) * 1000) if with_timing else None
        status = "error" if error else "success"
        return {"status": status, "data": data, "error": error, "timing_ms": timing_ms}

    def _ask(self, call: Call, path: str, params: dict[str, Json]) -> Json:
        handler, route = self._find(path)
        if handler is None:
            raise self.vendor.refuse(404, "not_found", f"Unknown endpoint: {path}")
        if path.endswith("/raw"):
            raise self.vendor.refuse(400, "bad_request", f"Not available in a batch: {path}")
        if not params.get("account_id"):
            raise self.vendor.refuse(400, "bad_request", "account_id is required in params")
        pairs = [
            (name, _text(part))
            for name, value in params.items()
            for part in (value if isinstance(value, list) else [value])
            if part is not None
        ]
        inner = replace(call, method="GET", path=path, query=QueryParams(pairs), route=route)
        return handler(inner).body

    def _find(self, path: str) -> tuple[Handler | None, dict[str, str]]:
        for pattern, handler in self._paths:
            found = pattern.match(path)
            if found:
                return handler, found.groupdict()
        return None, {}

    # Reading the request

    def _options(self, call: Call) -> dict[str, Json]:
        options: dict[str, Json] = (call.field("options") if call.body else None) or {}
        parallel = options.get("parallel_limit", _DEFAULT_PARALLEL)
        if not isinstance(parallel, int) or not 1 <= parallel <= _MAX_PARALLEL:
            raise invalid(self.vendor, "body.options.parallel_limit", "Input should be 1 to 10")
        return options

    def _plan(self, call: Call) -> tuple[dict[str, dict[str, Json]], list[list[str]]]:
        """The queries by id, and their ids in groups that wait for each other."""
        queries = call.field("queries")
        if not isinstance(queries, list) or not 1 <= len(queries) <= BATCH_MAX_QUERIES:
            message = f"List should have 1 to {BATCH_MAX_QUERIES} items"
            raise invalid(self.vendor, "body.queries", message, "too_long")
        found: dict[str, dict[str, Json]] = {}
        for place, query in enumerate(queries):
            where = f"body.queries.{place}"
            name = query.get("id") if isinstance(query, dict) else None
            if not isinstance(name, str) or not _ID.fullmatch(name) or name in found:
                message = "must be unique, a letter and then letters, digits, - or _"
                raise invalid(self.vendor, f"{where}.id", message)
            if not str(query.get("endpoint", "")).startswith("/stats/"):
                raise invalid(self.vendor, f"{where}.endpoint", "must start with /stats/")
            for part, kind in (("params", dict), ("depends_on", list)):
                if not isinstance(query.get(part) or kind(), kind):
                    raise invalid(self.vendor, f"{where}.{part}", f"Input should be a {kind}")
            found[name] = query
        groups: list[list[str]] = []
        done: set[str] = set()
        while len(done) < len(found):
            ready = [
                name
                for name, query in found.items()
                if name not in done and set(query.get("depends_on") or ()) <= done
            ]
            if not ready:
                message = "depends_on names an unknown query or goes round in a circle"
                raise invalid(self.vendor, "body.queries", message)
            groups.append(ready)
            done.update(ready)
        return found, groups


def _text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
