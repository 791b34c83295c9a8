"""The mark on everything that a run creates: a name with a prefix, and a free-form tag with the run's id.

Whatever has both may be removed by any later run; whatever lacks one of them is never touched.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

TAG = "datascience-emulator-verify"
PREFIX = f"{TAG}-"


@dataclass(frozen=True, slots=True)
class Marker:
    """`run`: the id of one run."""

    run: str

    @classmethod
    def new(cls, now: datetime) -> "Marker":
        return cls(f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}")

    @property
    def tags(self) -> dict[str, str]:
        return {TAG: self.run}

    def name(self, what: str) -> str:
        return f"{PREFIX}{self.run}-{what}"


def run_of(document: Mapping[str, Any]) -> str | None:
    """The run that made it; None for what is not marked."""
    name = document.get("displayName") or document.get("name")
    tags = document.get("freeformTags")
    run = tags.get(TAG) if isinstance(tags, dict) else None
    marked = isinstance(name, str) and isinstance(run, str) and name.startswith(f"{PREFIX}{run}-")
    return run if marked and run else None
