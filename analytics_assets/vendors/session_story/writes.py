"""The bodies that are sent to Session Story."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class NewSite(BaseModel):
    """A site to create."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Words
    domain: Words
