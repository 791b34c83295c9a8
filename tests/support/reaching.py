"""A cloud in memory in place of a target; all that stands before it in the program stays."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reconciler.app import connecting
from reconciler.app.connecting import ReachedTarget
from reconciler.app.redaction import Redaction, redacted
from reconciler.app.workspace import Workspace
from reconciler.core.model.images.image import ImageRequest, ImageSight, Platform
from reconciler.core.model.target import Settings
from tests.support.drive import OWNER


class NobodyCanSay:
    """Registries that know of no image."""

    def look(self, image: ImageRequest, platform: Platform) -> ImageSight | None:
        return None


def reaches(
    patch: pytest.MonkeyPatch,
    cloud: object,
    predict: Callable[..., Any] | None = None,
    prober: object = None,
    registries: object = NobodyCanSay(),
) -> None:
    """Whatever target is asked for, it is this cloud."""
    connection = SimpleNamespace(
        cloud=cloud, predict=predict, prober=prober, registries=registries, examination=None
    )
    patch.setattr(connecting, "connect", lambda target, say: connection)


def workspace_of(root: Path, settings: Settings, **environment: str) -> Workspace:
    """A repository without a file."""
    return Workspace(root, settings, environment, Redaction(environment, settings.owner))


def reached(cloud: object, prober: object = None, **environment: str) -> ReachedTarget:
    """This cloud, reached."""
    redaction = Redaction(environment, OWNER)
    return ReachedTarget(redacted(cloud, redaction), None, prober, NobodyCanSay(), redaction, None)
