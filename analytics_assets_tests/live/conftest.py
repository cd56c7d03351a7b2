"""Where screenshots go: below pytest's own folder, or where the README has them."""

from __future__ import annotations

from pathlib import Path

import pytest

_OPTION = "--screenshots"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(_OPTION, type=Path, help="Folder for the screenshots, such as docs/images.")


@pytest.fixture
def screenshots(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder that screenshots are saved to."""
    folder: Path = request.config.getoption(_OPTION, default=None) or tmp_path / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.absolute()
