"""What a manifest asks for, with every default filled in and every reference resolved.

A spec knows nothing of what is live, nor of how it will be reached.
"""

from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.artifact import Artifact
from reconciler.core.errors import Location
from reconciler.core.values import Configuration


class Downtime(StrEnum):
    """May an update make a serving deployment stop serving for a while?"""

    NEVER = "never"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class Spec:
    """One deployment as a manifest asks for it; `where` is the manifest's place, for messages."""

    name: str
    where: Location
    configuration: Configuration
    artifact: Artifact
    downtime: Downtime = Downtime.NEVER


@dataclass(frozen=True, slots=True)
class Revision:
    """Which state of the git repository is applied; the URL never carries credentials."""

    commit: str
    branch: str = ""
    repository: str = ""
