"""What is wrong is found before a run fails, and said in one line that tells what to do."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner, Result

from analytics_assets.cli import cli
from analytics_assets.defs.instance_health import examine_instance, examine_known_days
from analytics_assets.defs.resources import PlatformResource
from analytics_assets.defs.schedules import range_tags
from analytics_assets.doctor.lake import examine_days, examine_lake
from analytics_assets.doctor.line import Line
from analytics_assets.doctor.vendors import examine_clock
from analytics_assets.ingest.http.answers import Traffic
from analytics_assets.lake.lake import Lake
from analytics_assets.tables import all_tables
from analytics_assets.vendors import VENDORS
from analytics_assets_tests.defs.support import QUIET

ROOT = Path(__file__).parent.parent.parent
WEMASY = next(vendor for vendor, _ in VENDORS if vendor.name == "wemasy")


def doctor(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["doctor", *arguments], env={"COLUMNS": "200"})


@pytest.fixture
def home(sandbox: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """All vendors of the sandbox, and Dagster's home as the project ships it."""
    monkeypatch.setenv("ANALYTICS_START_DATE", "2026-05-01")
    home = Path(sandbox["DAGSTER_HOME"])
    shutil.copy(ROOT / "dagster.yaml", home)
    return home


def test_a_platform_that_works_is_said_to(home: Path, sandbox: dict[str, str]) -> None:
    result = doctor("--to", "2026-05-31")
    assert result.exit_code == 0, result.output
    for vendor, _ in VENDORS:
        assert f"✓ {vendor.name} answers" in result.output
    assert f"✓ Dagster's home is {home}" in result.output
    assert "pools let 1 step at a time ask a vendor" in result.output
    assert "left just now" in result.output, "Wemasy states what is left of its limit"
    assert "Backfill of 31 days, 2026-05-01 to 2026-05-31" in result.output
    assert not [v for k, v in sandbox.items() if "KEY" in k and v and v in result.output]
    assert not (home.parent / "lake").exists(), "looking changes nothing"


def test_a_loaded_day_shows_in_the_days_and_in_the_estimate(
    home: Path, definitions: dg.Definitions
) -> None:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert (
            definitions.resolve_job_def("wemasy_daily")
            .execute_in_process(
                instance=instance,
                run_config=QUIET,
                tags=range_tags("2026-05-01", "2026-05-02"),
                asset_selection=[dg.AssetKey(["wemasy", "sessions"])],
            )
            .success
        )
    result = doctor("--to", "2026-05-31")
    assert result.exit_code == 1
    assert "✗ wemasy: sessions: 2026-05-01 to 2026-05-02, and 2026-" in result.output
    line = next(line for line in result.output.splitlines() if line.startswith("   sessions "))
    assert "at least" not in line
    assert "wemasy: session_conversions, session_conversion_counts, session_visits: no day is" in (
        result.output
    )


def test_days_that_only_the_lake_or_only_dagster_has_are_told_apart(
    home: Path, sandbox: dict[str, str]
) -> None:
    """A restored instance knows too little, and a lake that was moved has too little."""
    lake = Lake(Path(sandbox["ANALYTICS_LAKE"]))
    key = dg.AssetKey(["wemasy", "sessions"])

    def lines() -> list[Line]:
        return list(examine_known_days(lake, [WEMASY], date(2026, 5, 1), "UTC"))

    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert lines() == []
        folders = [lake.root / "wemasy" / "sessions" / f"day=2026-05-0{day}" for day in (1, 2)]
        for folder in folders:
            folder.mkdir(parents=True)
            (folder / "default.parquet").touch()
        (line,) = lines()
        assert line.state == "note"
        assert "unknown to Dagster: 2 days from 2026-05-01 to 2026-05-02 of sessions" in line.what
        for day in (1, 2):
            event = dg.AssetMaterialization(key, partition=f"2026-05-0{day}")
            instance.report_runless_asset_event(event)
        (line,) = lines()
        assert line.state == "good"
        (folders[1] / "default.parquet").unlink()
        (line,) = lines()
        assert line.state == "attention"
        assert "not in the lake: 2026-05-02 of sessions" in line.what


def test_a_clock_that_is_wrong_is_told_in_seconds() -> None:
    """Which days are over is told by this machine's clock."""
    traffic = Traffic(vendor_time="Sat, 02 May 2026 12:00:00 GMT", received_at=1777723200.0 - 61)
    assert (
        datetime.fromtimestamp(traffic.received_at, UTC).isoformat() == "2026-05-02T11:58:59+00:00"
    )
    (line,) = examine_clock("wemasy", traffic)
    assert line.what == "the clock of this machine is 61 seconds behind that of wemasy"
    traffic.received_at += 2
    assert not list(examine_clock("wemasy", traffic))
    traffic.received_at += 120
    (line,) = examine_clock("wemasy", traffic)
    assert "61 seconds ahead of" in line.what
    traffic.vendor_time = "yesterday"
    assert not list(examine_clock("wemasy", traffic))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("WEMASY_API_TOKEN", "not-the-token", "Set a valid credential in WEMASY_API_TOKEN"),
        ("WEMASY_BASE_URL", "http://127.0.0.1:9", "Check WEMASY_BASE_URL and the network"),
        ("SEALMETRICS_SITE_IDS", "nobodys-site", "Correct SEALMETRICS_SITE_IDS"),
        ("ANALYTICS_VENDORS", "wemasy,matomo", "names 'matomo', which is no vendor"),
        ("ANALYTICS_TIMEZON", "Europe/Madrid", "Did you mean ANALYTICS_TIMEZONE?"),
        ("WEMASY_API_TOKENS", "token", "Did you mean WEMASY_API_TOKEN?"),
        ("ANALYTICS_CURRENCY", "EURO", "Set it to a code of ISO 4217"),
        ("ANALYTICS_START_DATE", "2199-01-01", "which is in the future"),
        ("ANALYTICS_TIMEZONE", "Madrid", "Set it to a name such as Europe/Madrid"),
        ("ANALYTICS_PII_KEY", "", "Set ANALYTICS_PII_KEY"),
        ("ANALYTICS_PII_KEY", "short", "has fewer than 16 characters"),
        ("ANALYTICS_STATE", "/proc/nothing", "Set ANALYTICS_STATE to a folder of your own"),
        ("ANALYTICS_LAKE", "s3://bucket", "Set it to a path"),
        ("DAGSTER_HOME", __file__, "which is no folder"),
    ],
)
def test_what_is_wrong_is_one_line_that_says_what_to_do(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    del home
    monkeypatch.setenv(name, value)
    if name not in {"ANALYTICS_VENDORS", "SEALMETRICS_SITE_IDS"}:
        monkeypatch.setenv("ANALYTICS_VENDORS", "wemasy")
    result = doctor()
    assert result.exit_code == 1, result.output
    (line,) = [line for line in result.output.splitlines() if words in line]
    assert line.startswith("✗ ")


def test_without_any_credential_the_demo_is_offered(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del shop
    monkeypatch.delenv("WEMASY_API_TOKEN")
    result = doctor()
    assert result.exit_code == 1
    assert "no vendor has credentials. Set those of one in .env, or try `make demo`" in (
        result.output
    )


def test_secrets_that_others_can_read_are_named(shop: Path) -> None:
    """Every user of the machine would have the vendors' keys."""
    (shop / ".env").touch(mode=0o600)
    assert "chmod 600" not in doctor().output
    (shop / ".env").chmod(0o644)
    assert "Run `chmod 600 .env`" in doctor().output


def test_the_file_that_make_dev_reads_is_read(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials stand in .env, which no shell knows of."""
    monkeypatch.delenv("WEMASY_API_TOKEN")
    monkeypatch.setenv("ANALYTICS_TIMEZONE", "UTC")
    # what the file sets is taken back after the test
    monkeypatch.setenv("ANALYTICS_CURRENCY", "x")
    monkeypatch.delenv("ANALYTICS_CURRENCY")
    (shop / ".env").write_text("WEMASY_API_TOKEN=token\nANALYTICS_TIMEZONE=Asia/Tokyo\n", "utf-8")
    result = doctor()
    assert "Check WEMASY_BASE_URL" in result.output
    assert "time zone UTC" in result.output, "what is set already is not overridden"


@pytest.mark.parametrize(
    "arguments",
    [
        ("maintain",),
        ("explain", "1", "2"),
        ("forget", "1"),
        ("wipe", "wemasy/sessions", "--from", "2026-05-01", "--to", "2026-05-01"),
    ],
    ids=lambda arguments: str(arguments[0]),
)
def test_every_command_reads_that_file(
    shop: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """A command that does not would look at another lake than the runs of `make dev`."""
    for name in ("ANALYTICS_LAKE", "ANALYTICS_PII_KEY", "DAGSTER_HOME"):
        monkeypatch.setenv(name, "taken back after the test")
        monkeypatch.delenv(name)
    lines = [
        f"ANALYTICS_LAKE={shop}/elsewhere",
        "ANALYTICS_PII_KEY=key-of-the-tests",
        f"DAGSTER_HOME={shop}",
    ]
    (shop / ".env").write_text("\n".join(lines), "utf-8")
    result = CliRunner().invoke(cli, arguments)
    assert f"there is no lake at {shop}/elsewhere" in str(result.exception), result.output


@pytest.fixture
def yaml(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Dagster's settings, which a test may spoil."""
    home = shop / "home"
    home.mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    return Path(shutil.copy(ROOT / "dagster.yaml", home))


@pytest.mark.parametrize(
    ("setting", "spoilt", "words"),
    [
        ("default_limit: 1 #", "#", "default_limit is not set"),
        ("granularity: op", "granularity: run", "granularity is not op"),
        ("enabled: true # off by default", "enabled: false #", "run_monitoring is off"),
        ("free_slots_after_run_end_seconds: 60", "poll_interval_seconds: 60", "blocks its vendor"),
        ("retry_on_asset_or_op_failure: false", "retry_on_asset_or_op_failure: true", "retries"),
        ("key: dagster/backfill", "key: another", "lacks dagster/backfill"),
        ("enabled: false # nothing about", "enabled: true #", "telemetry is on"),
    ],
)
def test_a_setting_of_dagster_that_is_not_as_shipped_is_named(
    yaml: Path, setting: str, spoilt: str, words: str
) -> None:
    text = yaml.read_text("utf-8")
    assert setting in text
    if "free_slots" in setting:
        text = text.replace("poll_interval_seconds: 60", "#")
    yaml.write_text(text.replace(setting, spoilt), "utf-8")
    (line,) = [line for line in examine_instance() if line.state == "attention"]
    assert words in line.what
    assert "dagster.yaml" in line.todo


def test_the_shipped_settings_of_dagster_are_right(yaml: Path) -> None:
    del yaml
    assert {line.state for line in examine_instance()} == {"good", "note"}


def test_a_lake_of_the_other_kind_is_named_before_a_load_fails(shop: Path) -> None:
    Lake(shop / "lake").prepare(all_tables(), "live")
    lines = list(examine_lake(PlatformResource(), {"sandbox"}))
    (line,) = [line for line in lines if line.state == "attention"]
    assert "holds live data, and the vendors are sandbox" in line.what


def test_gaps_are_counted_and_tables_that_are_alike_share_a_line(shop: Path) -> None:
    lake = Lake(shop / "lake")
    for table in ("sessions", "session_visits"):
        for day in (1, 2, 5):
            file = lake.root / "wemasy" / table / f"day=2026-05-0{day}" / "default.parquet"
            file.parent.mkdir(parents=True)
            file.touch()
    lines = list(examine_days(lake, WEMASY, date(2026, 5, 5), date(2026, 1, 1)))
    assert [line.state for line in lines] == ["attention", "note"]
    found = "sessions, session_visits: 2026-05-01 to 2026-05-05; 2 days are missing, the first is "
    assert found in lines[0].what
