"""The command line as a whole: help without imports, a version, and words for typing errors."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import click
import pytest
from click.testing import CliRunner

from analytics_assets.cli import COMMANDS, cli


def test_the_help_lists_every_command_and_imports_none_of_them() -> None:
    """It would take seconds: most commands import Dagster or DuckDB."""
    program = (
        "import sys; from analytics_assets.cli import cli; cli(['-h'], standalone_mode=False);"
        "print(sorted({'dagster', 'duckdb'} & set(sys.modules)))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert shown.splitlines()[-1] == "[]"
    for name in COMMANDS:
        assert f"\n  {name} " in shown, name


def test_every_command_says_what_it_does_on_h() -> None:
    """`-h` that is refused sends a user to the source; the sandbox is a program of its own."""
    context = click.Context(cli)
    for name in set(COMMANDS) - {"sandbox"}:
        command = cli.get_command(context, name)
        assert command
        shown = CliRunner().invoke(cli, [name, "-h"])
        assert shown.exit_code == 0, shown.output
        assert command.help
        assert command.help.split()[0] in shown.output


def test_the_version_is_that_of_the_package() -> None:
    shown = CliRunner().invoke(cli, ["--version"])
    assert version("analytics-assets") in shown.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("load wemasy/session --from 2026-03-01 --to 2026-03-01", "mean wemasy/sessions?"),
        ("load matomo --from 2026-03-01 --to 2026-03-01", "Choose from sealmetrics"),
        ("load wemasy --from 2026-03-02 --to 2026-03-01", "Give the earlier day first"),
        ("load wemasy --from 2025-12-31 --to 2026-01-01", "before ANALYTICS_START_DATE"),
        ("load wemasy --from 2026-03-01 --to 2199-01-01", "is not over in UTC"),
    ],
)
@pytest.mark.usefixtures("bare_environment")
def test_a_range_that_cannot_be_loaded_is_refused_in_one_line(arguments: str, words: str) -> None:
    result = CliRunner().invoke(cli, arguments.split())
    assert result.exit_code == 1
    assert words in str(result.exception)
    assert "\n" not in str(result.exception)
