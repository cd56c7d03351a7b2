"""People are told of what failed, once, and again if nobody took the message."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import dagster as dg
import pytest

from analytics_assets.alerts.channels import Alerting, Digest, mail
from analytics_assets.defs import alerts as sensors
from analytics_assets.defs.resources import PlatformResource
from analytics_assets.errors import ConfigurationError, VendorUnreachableError
from analytics_assets.redaction import register_secrets
from analytics_assets.settings import Alerts
from analytics_assets_tests.defs.smtp import MailServer
from analytics_assets_tests.defs.support import launch, loaded

SUNDAY = datetime(2026, 3, 15, 12, tzinfo=UTC)


class Listener:
    """Somebody who is told: what was posted, how often the heart beat, and what is answered."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.beats = 0
        self.status = 200

    def start(self) -> HTTPServer:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if listener.status == 200:  # what is refused is not read
                    listener.texts.append(json.loads(body)["text"])
                self._answer()

            def do_GET(self) -> None:
                listener.beats += 1
                self._answer()

            def _answer(self) -> None:
                self.send_response(listener.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: object) -> None:
                """Nothing on the console."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    """Somebody who listens at the addresses of the environment."""
    listener = Listener()
    server = listener.start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("ALERTS_WEBHOOK_URL", f"{address}/services/secret-path")
    monkeypatch.setenv("ALERTS_HEARTBEAT_URL", f"{address}/beat")
    monkeypatch.setattr(sensors, "utc_now", lambda: SUNDAY)
    yield listener
    server.shutdown()
    server.server_close()


class Ticks:
    """The alert sensor, tick after tick."""

    def __init__(self, definitions: dg.Definitions, instance: dg.DagsterInstance) -> None:
        self.definitions = definitions
        self.instance = instance
        self.cursor: str | None = None

    def __call__(self) -> str:
        """What the next tick says."""
        sensor = self.definitions.resolve_sensor_def("alerts")
        resources = self.definitions.resources or {}
        with dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursor,
            resources={key: resources[key] for key in sensor.required_resource_keys},
            repository_def=self.definitions.get_repository_def(),
        ) as context:
            result = sensor.evaluate_tick(context)
        self.cursor = result.cursor
        return str(result.skip_message)


@pytest.fixture
def ticks(definitions: dg.Definitions, instance: dg.DagsterInstance) -> Ticks:
    return Ticks(definitions, instance)


@pytest.fixture
def current(instance: dg.DagsterInstance) -> None:
    """Nothing is overdue."""
    for table in ("sessions", "session_conversions", "session_conversion_counts", "session_visits"):
        loaded(instance, ("wemasy", table), "2026-03-14", "2026-03-14")


def fail_a_run(definitions: dg.Definitions, instance: dg.DagsterInstance) -> None:
    """A load while nobody listens at the vendor's address."""
    request = dg.RunRequest(
        asset_selection=[dg.AssetKey(["wemasy", "sessions"])],
        tags={
            "dagster/asset_partition_range_start": "2026-03-13",
            "dagster/asset_partition_range_end": "2026-03-14",
        },
    )
    launch(definitions, instance, "wemasy_daily", [request])


@pytest.mark.usefixtures("current")
def test_a_failed_run_and_its_failed_check_are_told_of_once(
    ticks: Ticks, listener: Listener
) -> None:
    assert ticks() == "nothing new"
    fail_a_run(ticks.definitions, ticks.instance)
    assert ticks() == "sent by webhook: 1 run failed, 2 checks failed"
    (text,) = listener.texts
    assert "wemasy_daily (run " in text
    assert "cannot reach 127.0.0.1:9" in text
    assert "wemasy/sessions 2026-03-14: row_count:" in text
    assert ticks() == "nothing new"
    assert len(listener.texts) == 1
    assert listener.beats == 3


@pytest.mark.usefixtures("current")
def test_what_failed_before_anybody_listened_is_not_told(ticks: Ticks, listener: Listener) -> None:
    """The first tick of a new installation must not tell a year of history."""
    fail_a_run(ticks.definitions, ticks.instance)
    assert ticks() == "nothing new"
    assert not listener.texts


@pytest.mark.usefixtures("current")
def test_a_message_that_nobody_took_is_sent_again(ticks: Ticks, listener: Listener) -> None:
    ticks()
    fail_a_run(ticks.definitions, ticks.instance)
    listener.status = 500
    with pytest.raises(dg.Failure, match="answered 500") as failure:
        ticks()
    assert "secret-path" not in str(failure.value)
    listener.status = 200
    assert ticks().startswith("sent by webhook: 1 run failed")
    assert len(listener.texts) == 1


def test_an_overdue_day_is_told_of_once_until_it_is_another_day(
    ticks: Ticks, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded(ticks.instance, ("wemasy", "session_visits"), "2026-03-14", "2026-03-14")
    assert ticks() == "sent by webhook: 3 tables are overdue"
    assert "- wemasy/sessions: 2026-03-14 is not loaded" in listener.texts[0]
    assert "session_visits" not in listener.texts[0]
    assert ticks() == "nothing new"
    # eight hours after the next midnight in Madrid, where clocks stand at +01:00
    monkeypatch.setattr(sensors, "utc_now", lambda: datetime(2026, 3, 16, 6, 59, tzinfo=UTC))
    assert ticks() == "nothing new"
    monkeypatch.setattr(sensors, "utc_now", lambda: datetime(2026, 3, 16, 7, 0, tzinfo=UTC))
    assert ticks() == "sent by webhook: 4 tables are overdue"


def test_a_day_is_overdue_by_the_clock_of_summer(
    ticks: Ticks, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clocks go forward on 29 March: from then on midnight in Madrid is an hour earlier."""
    del listener
    for table in ("sessions", "session_conversions", "session_conversion_counts", "session_visits"):
        loaded(ticks.instance, ("wemasy", table), "2026-03-28", "2026-03-28")
    monkeypatch.setattr(sensors, "utc_now", lambda: datetime(2026, 3, 30, 5, 59, tzinfo=UTC))
    assert ticks() == "nothing new"
    monkeypatch.setattr(sensors, "utc_now", lambda: datetime(2026, 3, 30, 6, 0, tzinfo=UTC))
    assert ticks() == "sent by webhook: 4 tables are overdue"


def test_where_nobody_is_to_be_told_the_tick_says_how_to_change_that(
    ticks: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensors, "utc_now", lambda: SUNDAY)
    assert ticks() == "nobody is alerted: set ALERTS_WEBHOOK_URL, or email_to in [alerts]"


@pytest.mark.usefixtures("current")
def test_a_heartbeat_that_nobody_hears_does_not_stop_the_alerts(
    ticks: Ticks, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERTS_HEARTBEAT_URL", "http://127.0.0.1:9/beat")
    ticks()
    fail_a_run(ticks.definitions, ticks.instance)
    words = ticks()
    assert words.startswith("sent by webhook: 1 run failed")
    assert "Check ALERTS_HEARTBEAT_URL" in words
    assert listener.texts


@pytest.mark.usefixtures("current")
def test_e_mail_is_sent_where_it_is_configured(
    ticks: Ticks, shop: Path, listener: Listener
) -> None:
    listener.status = 500
    with MailServer() as server:
        (shop / "analytics.toml").write_text(
            '[alerts]\nchecks = "none"\nemail_to = ["data@shop.example", "ops@shop.example"]\n'
            'email_from = "platform@shop.example"\nsmtp_host = "127.0.0.1"\n'
            f'smtp_port = {server.port}\nsmtp_security = "none"\n',
            "utf-8",
        )
        ticks()
        fail_a_run(ticks.definitions, ticks.instance)
        words = ticks()
    assert words.startswith("sent by e-mail: 1 run failed; webhook: ")
    (message,) = server.messages
    assert message["Subject"] == "analytics-assets: 1 run failed"
    assert message["To"] == "data@shop.example, ops@shop.example"
    assert "cannot reach 127.0.0.1:9" in message.get_content()


def test_a_mail_server_without_tls_gets_no_password() -> None:
    """STARTTLS is what a man in the middle takes out of the conversation."""
    with MailServer() as server:
        settings = Alerts(
            email_to=("data@shop.example",),
            smtp_host="127.0.0.1",
            smtp_port=server.port,
            smtp_user="platform",
        )
        with pytest.raises(VendorUnreachableError, match="STARTTLS"):
            mail(settings, "the-password")(Digest(runs=["a run"]))
    assert not any("AUTH" in line for line in server.lines)
    assert not server.messages


def test_e_mail_in_the_clear_is_for_this_machine_only(shop: Path) -> None:
    text = '[alerts]\nsmtp_host = "mail.example"\nsmtp_security = "none"\n'
    (shop / "analytics.toml").write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match="only for a server on this machine"):
        PlatformResource().config()


def test_a_message_is_short_and_holds_no_secret() -> None:
    register_secrets("sk-very-secret")
    digest = Digest(
        runs=[
            f"run {n}: refused sk-very-secret of jo@shop.example " + "x" * 500 for n in range(30)
        ],
        overdue=["a table"],
    )
    assert digest.subject == "30 runs failed, 1 table is overdue"
    assert "sk-very-secret" not in digest.text
    assert "jo@shop.example" not in digest.text
    assert "and 20 more" in digest.text
    assert len(digest.text) < 5_000


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("<!channel> look", "&lt;!channel&gt; look"),
        ("<https://evil.example|your bank>", "&lt;https[:]//evil.example|your bank&gt;"),
        ("[your bank](https://evil.example)", "[your bank](https[:]//evil.example)"),
        ("see www.evil.example", "see www[.]evil.example"),
        ("@all @here @channel", "(at)all (at)here (at)channel"),
        ("\x1b[2J\x07gone", r"\x1b[2J\x07gone"),
        ("\u202eexe.txt\u200b", r"\u202eexe.txt\u200b"),
        ("call +34 600 123 456, 10.1.2.3", "call [redacted], [redacted]"),
        ("ann@shop.example", "[redacted]"),
    ],
)
def test_words_of_vendors_call_nobody_and_link_nowhere(
    listener: Listener, line: str, shown: str
) -> None:
    """Whoever can choose a vendor's words could call a whole company to a page of theirs."""
    (name, send), *_ = Alerting().channels(Alerts()).items()
    send(Digest(runs=[line]))
    assert name == "webhook"
    assert listener.texts[0].splitlines()[1] == f"- {shown}"
