"""Activation as Dagster and the command line show it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import dagster as dg
import httpx
import pytest
from click.testing import CliRunner

from analytics_assets import activation
from analytics_assets.activation.kinds import KINDS
from analytics_assets.activation.sources import mapping_of
from analytics_assets.cli import cli
from analytics_assets.defs.build import build_definitions
from analytics_assets.errors import ConfigurationError, VendorUnavailableError
from analytics_assets.settings import read_config
from analytics_assets_tests.activation.support import Shop
from analytics_assets_tests.activation.test_sync import TYPED, invoice

CONFIG = """
[activation.{kind}]
sql = "{sql}"
personal_data = true
approved = "{approved}"
"""


def run(name: str) -> dg.ExecuteInProcessResult:
    """Materialise one asset of the group, as the daily job does."""
    definitions = build_definitions()
    job = definitions.resolve_job_def("activation_daily")
    chosen = job.get_subset(asset_selection={dg.AssetKey(["activation", name])})
    return chosen.execute_in_process(raise_on_error=False)


def metadata(result: dg.ExecuteInProcessResult) -> dict[str, object]:
    (event,) = result.get_asset_materialization_events()
    return {n: v.value for n, v in event.materialization.metadata.items()}


def failure(result: dg.ExecuteInProcessResult) -> str:
    return " ".join(str(e.event_specific_data) for e in result.get_step_failure_events())


def configure(shop: Shop, monkeypatch: pytest.MonkeyPatch, *, approve: bool) -> None:
    """Write the shop's sources to `analytics.toml`, approved or not."""
    path = shop.folder / "analytics.toml"
    approved = dict.fromkeys(shop.settings, "")
    for _ in range(1 + approve):
        text = "".join(
            CONFIG.format(kind=kind, sql=settings["sql"], approved=approved[kind])
            for kind, settings in shop.settings.items()
        )
        path.write_text(text, encoding="utf-8")
        monkeypatch.setenv("ANALYTICS_CONFIG", str(path))
        kinds = [kind for kind in KINDS if kind.name in shop.settings]
        approved = {k.name: mapping_of(k, read_config(path)).fingerprint for k in kinds}


def test_an_asset_is_off_until_it_is_switched_on(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sending is not undone by a setting: nobody must do it by clicking 'materialise all'."""
    del shop
    result = run("products")
    assert not result.success
    assert "activation/products is off. Add products to ACTIVATION_ENABLED" in failure(result)
    monkeypatch.setenv("ACTIVATION_ENABLED", "product")
    assert "ACTIVATION_ENABLED lists 'product'" in failure(run("products"))


def test_a_new_mapping_is_planned_and_an_approved_one_is_sent(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mapping that nobody has looked at would send whatever its query returns."""
    monkeypatch.setenv("ACTIVATION_ENABLED", "products")
    shop.query("products", "SELECT range::VARCHAR AS id, 'x' AS name FROM range(5)")
    configure(shop, monkeypatch, approve=False)
    planned = metadata(run("products"))
    assert (planned["dry_run"], planned["create"], planned["accepted"]) == (True, 5, 0)
    assert '"id": "0"' in str(planned["sample"])
    assert f'approved = "{planned["mapping"]}"' in str(planned["to send it"])
    assert shop.requests() == 0
    configure(shop, monkeypatch, approve=True)
    sent = metadata(run("products"))
    assert (sent["dry_run"], sent["create"], sent["accepted"]) == (False, 5, 5)
    assert metadata(run("products"))["unchanged"] == 5
    shop.query("products", "SELECT range::VARCHAR AS id, 'y' AS name FROM range(5)")
    assert metadata(run("products"))["dry_run"] is True


def test_deleting_for_good_has_a_switch_of_its_own(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACTIVATION_ENABLED", "contacts,invoices")
    shop.query("contacts", "SELECT 'c-' || range AS contact_id FROM range(3)")
    shop.source("invoices", [invoice(1), invoice(2)], TYPED)
    configure(shop, monkeypatch, approve=True)
    assert run("contacts").success
    sent = run("invoices")
    assert {c.check_name: c.passed for c in sent.get_asset_check_evaluations()} == {
        "every_object_accepted": True,
        "revenue_is_reported": True,
    }
    shop.query("contacts", "SELECT 'c-' || range AS contact_id FROM range(2)")
    shop.source("invoices", [invoice(1)], TYPED)
    configure(shop, monkeypatch, approve=True)
    assert metadata(run("invoices"))["withdraw"] == 1
    assert run("contacts").success
    assert len(shop.written()["invoice"]) == 2
    assert "activation/deletes is off" in failure(run("deletes"))
    monkeypatch.setenv("ACTIVATION_ENABLED", "contacts,invoices,deletes")
    found = metadata(run("deletes"))
    assert found == {"invoices": 1, "contacts": 1}
    assert set(shop.written()["invoice"]) == {"o-1"}
    assert set(shop.written()["contact"]) == {"c-0", "c-1"}


def test_revenue_that_is_not_reported_fails_its_check(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vendor may accept an invoice and count it nowhere."""
    monkeypatch.setenv("ACTIVATION_ENABLED", "invoices")
    shop.query("contacts", "SELECT 'c-1' AS contact_id")
    shop.sync("contacts")
    shop.source("invoices", [invoice(1, 10_000_000)], TYPED)
    configure(shop, monkeypatch, approve=True)
    assert run("invoices").success
    with shop.the_vendor_lost("invoice/o-1"):
        checks = {c.check_name: c for c in run("invoices").get_asset_check_evaluations()}
    found = checks["revenue_is_reported"]
    assert not found.passed
    assert found.severity == dg.AssetCheckSeverity.WARN
    assert re.search(r"2026-05-06: sent 10000000, reported \d+", str(found.description))


def test_objects_that_are_refused_fail_a_check_and_not_the_run(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed run would hold up every other kind."""
    monkeypatch.setenv("ACTIVATION_ENABLED", "invoices")
    shop.source("invoices", [invoice(1)], TYPED)
    configure(shop, monkeypatch, approve=True)
    result = run("invoices")
    assert result.success
    checks = {c.check_name: c for c in result.get_asset_check_evaluations()}
    assert not checks["every_object_accepted"].passed
    assert "400: contact not found" in str(checks["every_object_accepted"].description)
    assert metadata(result)["failed"] == 1


def test_the_default_mappings_run_over_an_empty_lake(shop: Shop) -> None:
    """A column that was renamed would be noticed by the first user only."""
    folder = Path(activation.__path__[0]) / "sql"
    for kind in KINDS:
        assert shop.plan(kind.name).rows == 0, kind.name
        sql = (folder / f"{kind.name}.sql").read_text("utf-8")
        read = set(re.findall(r"(?:FROM|JOIN)\s+((?!activation)[a-z_]+\.[a-z_]+)", sql))
        assert read == set(kind.reads), kind.name


def test_kinds_are_sent_in_the_order_in_which_they_need_each_other() -> None:
    """An invoice would come before its contact, or spend before what it is to explain."""
    order = ("products", "contacts", "tags", "invoices", "subscriptions", "ad_performance")
    graph = build_definitions().resolve_asset_graph()
    for before, after in pairwise(order):
        earlier = graph.get_ancestor_asset_keys(dg.AssetKey(["activation", after]))
        assert dg.AssetKey(["activation", before]) in earlier


def test_the_schedule_asks_for_what_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    definitions = build_definitions()
    schedule = definitions.resolve_schedule_def("activation_daily")
    resources = {"activation": (definitions.resources or {})["activation"]}

    def tick() -> dg.ScheduleExecutionData:
        return schedule.evaluate_tick(
            dg.build_schedule_context(
                scheduled_execution_time=datetime(2026, 5, 6, 9, tzinfo=UTC),
                resources=resources,
                repository_def=definitions.get_repository_def(),
            )
        )

    monkeypatch.setenv("ACTIVATION_ENABLED", "")
    assert tick().skip_message == "ACTIVATION_ENABLED is empty"
    monkeypatch.setenv("ACTIVATION_ENABLED", "deletes, products")
    (request,) = tick().run_requests or []
    keys = {key.path[1] for key in request.asset_selection or []}
    assert keys == {"deletes", "products"}


def test_the_command_plans_sends_and_undoes(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.query("contacts", "SELECT 'c-' || range AS contact_id FROM range(3)")
    configure(shop, monkeypatch, approve=False)
    runner = CliRunner()
    shown = runner.invoke(cli, ["activate", "contacts"], catch_exceptions=False)
    assert re.search(r"create +3 ", shown.output)
    assert "not approved" in shown.output
    with pytest.raises(ConfigurationError, match="activation/contacts is off"):
        runner.invoke(cli, ["activate", "contacts", "--send"], catch_exceptions=False)
    monkeypatch.setenv("ACTIVATION_ENABLED", "contacts")
    asked = runner.invoke(cli, ["activate", "contacts", "--send"], input="n\n")
    assert asked.exit_code == 1
    assert shop.requests() == 0
    sent = runner.invoke(cli, ["activate", "contacts", "--send"], input="y\n")
    assert "3 objects accepted" in sent.output
    undone = runner.invoke(cli, ["activate", "contacts", "--undo", "--yes"])
    assert "3 objects accepted" in undone.output
    assert shop.written()["contact"] == {}
    shop.source("tags", [{"contact_id": "nobody", "tags": ["a"]}])
    configure(shop, monkeypatch, approve=False)
    monkeypatch.setenv("ACTIVATION_ENABLED", "tags")
    with pytest.raises(VendorUnavailableError, match="1 objects were not accepted"):
        runner.invoke(cli, ["activate", "tags", "--send", "--yes"], catch_exceptions=False)


def test_a_site_is_created_once_by_command_and_by_job(shop: Shop) -> None:
    """Each call creates another site at the vendor."""
    arguments = ["create-site", "New", "new.example"]
    created = CliRunner().invoke(cli, [*arguments, "--yes"], catch_exceptions=False)
    assert "domain: new.example" in created.output
    with pytest.raises(ConfigurationError, match=r"has a site of new\.example already"):
        CliRunner().invoke(cli, [*arguments, "--yes"], catch_exceptions=False)
    job = build_definitions().resolve_job_def("create_site_job")
    config = {"name": "Other", "domain": "other.example"}
    ops = {"ops": {"create_session_story_site": {"config": config}}}
    assert job.execute_in_process(run_config=ops).success
    again = job.execute_in_process(run_config=ops, raise_on_error=False)
    assert "other.example already" in failure(again)
    environment = shop.sandbox.environment
    key = {"Authorization": f"Bearer {environment['SESSION_STORY_API_KEY']}"}
    sites = httpx.get(f"{environment['SESSION_STORY_BASE_URL']}/sites", headers=key).json()
    assert [s["domain"] for s in sites].count("other.example") == 1
