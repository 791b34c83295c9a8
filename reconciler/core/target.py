"""Where manifests go, and the repository's own settings, as values.

How a target is reached and signed in to is the adapters' business.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from reconciler.core.values import Json

LOCAL = "local"
"""The target that is meant when none is named: the emulator."""


class Auth(StrEnum):
    """Ways to sign requests to OCI (docs/service.md §6)."""

    API_KEY = "api-key"
    SESSION = "session"
    INSTANCE_PRINCIPAL = "instance-principal"
    RESOURCE_PRINCIPAL = "resource-principal"
    WORKLOAD_IDENTITY = "workload-identity"
    GITHUB_OIDC = "github-oidc"


@dataclass(frozen=True, slots=True)
class OciTarget:
    """A real tenancy. `project` is a name or an OCID; `profile` a profile of the OCI config file, for the
    auths that read it.
    """

    name: str
    region: str
    compartment: str
    project: str
    auth: Auth = Auth.API_KEY
    profile: str = "DEFAULT"
    create_project: bool = False
    values: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EmulatorTarget:
    """The local cloud; `home` is where it keeps its state (an absolute path)."""

    name: str
    home: str
    project: str
    values: Mapping[str, Json] = field(default_factory=dict)


Target: TypeAlias = OciTarget | EmulatorTarget


@dataclass(frozen=True, slots=True)
class Safety:
    """Limits that a plan must not pass unless it is told to."""

    max_deletes: int = 1


@dataclass(frozen=True, slots=True)
class Settings:
    """What reconciler.yaml says: the owner's mark, where manifests may go, and the limits."""

    owner: str
    targets: Mapping[str, Target]
    safety: Safety = field(default_factory=Safety)
