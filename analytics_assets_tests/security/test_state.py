"""Nobody but the user of the programs writes to, or reads, what they keep for themselves."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from analytics_assets.errors import ConfigurationError
from analytics_assets.ingest.http.limits import RateLimit
from analytics_assets.ingest.http.memory import Journal
from analytics_assets.settings.state import STATE_VARIABLE, state_folder, state_place

MANY_USERS = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state"
    monkeypatch.setenv(STATE_VARIABLE, str(folder))
    return folder


def test_the_folder_is_made_for_one_user(place: Path) -> None:
    assert state_folder() == place
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_a_folder_that_others_read_is_closed(place: Path) -> None:
    place.mkdir(mode=0o755)
    state_folder()
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_a_folder_that_others_write_is_refused(place: Path) -> None:
    """Whoever can write there can plant the key that answers are encrypted with."""
    place.mkdir()
    place.chmod(0o777)
    with pytest.raises(ConfigurationError, match="others may write"):
        state_folder()


@MANY_USERS
@pytest.mark.parametrize("use", [RateLimit("acme", 60).wait, lambda: Journal.open(Path("x"))])
def test_a_folder_of_another_user_is_refused(
    place: Path, monkeypatch: pytest.MonkeyPatch, use: object
) -> None:
    monkeypatch.chdir(place.parent)
    place.mkdir()
    os.chown(place, 12345, 12345)
    assert callable(use)
    with pytest.raises(ConfigurationError, match="another user's"):
        use()


@MANY_USERS
def test_a_link_of_another_user_is_refused(place: Path) -> None:
    (place.parent / "mine").mkdir(mode=0o700)
    place.symlink_to(place.parent / "mine")
    os.chown(place, 12345, 12345, follow_symlinks=False)
    with pytest.raises(ConfigurationError, match="another user's"):
        state_folder()


def test_the_folder_is_not_in_the_system_s_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unit with a temporary folder of its own would forget its requests at each restart."""
    monkeypatch.delenv(STATE_VARIABLE)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "data" / "dagster"))
    assert state_place() == tmp_path / "data" / "dagster-state"
    monkeypatch.delenv("DAGSTER_HOME")
    monkeypatch.chdir(tmp_path)
    assert state_place() == tmp_path / "data" / "dagster-state"


def test_a_key_that_was_cut_off_is_made_again(place: Path, tmp_path: Path) -> None:
    place.mkdir(mode=0o700)
    (place / "answers.key").write_bytes(b"cut")
    journal = Journal.open(tmp_path / "a.answers")
    assert journal is not None
    journal.close()
    assert (place / "answers.key").stat().st_size == 32
