"""The folder of what outlives a process and is in no lake: sent requests, this machine's key.

All programs of a deployment share it, or each would take a vendor's limit for itself.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from analytics_assets.errors import ConfigurationError
from analytics_assets.settings.environment import Environment, variable

STATE_VARIABLE = "ANALYTICS_STATE"
_DAGSTER_HOME_DEFAULT = "data/dagster"
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_TODO = f"Set {STATE_VARIABLE} to a folder of your own"


class State(Environment):
    """Where the folder is."""

    folder: str | None = variable(STATE_VARIABLE, "Sent requests and this machine's key")


def state_place() -> Path:
    """Where the folder is: ANALYTICS_STATE, else beside DAGSTER_HOME, named after it."""
    if given := State().setting("folder"):
        return Path(given).absolute()
    home = dagster_home()
    return home.with_name(f"{home.name}-state")


def dagster_home() -> Path:
    """Dagster's folder: DAGSTER_HOME, else `data/dagster`."""
    return Path(os.environ.get("DAGSTER_HOME", "").strip() or _DAGSTER_HOME_DEFAULT).absolute()


def state_folder() -> Path:
    """The folder, made if it is not there; only this user may enter it.

    Raises:
        ConfigurationError: it cannot be made, it is another user's, or others may write to it.
    """
    folder = state_place()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        link, found = folder.lstat(), folder.stat()
        if {link.st_uid, found.st_uid} != {os.geteuid()}:
            raise ConfigurationError(f"the state folder {folder} is another user's", todo=_TODO)
        if found.st_mode & _OTHERS_MAY_WRITE:
            what = f"others may write to the state folder {folder}"
            raise ConfigurationError(what, todo=f"{_TODO}, or empty it and `chmod 700` it")
        if stat.S_IMODE(found.st_mode) != stat.S_IRWXU:
            folder.chmod(stat.S_IRWXU)
    except OSError as error:
        what = f"the state folder {folder} cannot be used: {error.strerror}"
        raise ConfigurationError(what, todo=_TODO) from None
    return folder
