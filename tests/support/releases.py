"""A repository of git whose commits are applied to a cloud in memory."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.core.model.artifact import Artifact
from reconciler.core.model.served.model_folder import ModelFolder
from tests.support.memory import MemoryCloud


def git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.strip()


@dataclass
class Catalog(MemoryCloud):
    """It keeps what the models of an entry are, as the service does for us."""

    kept: dict[str, tuple[ModelFolder, ...]] = field(default_factory=dict)

    def mark_published(self, model: str, name: str, owner: str, artifact: Artifact) -> None:
        super().mark_published(model, name, owner, artifact)
        self.kept[model] = artifact.models

    def kept_models(self, model: str) -> tuple[ModelFolder, ...]:
        return self.kept[model]


async def at_once(clock: object, seconds: float) -> None:
    """Sleep as long as the cloud in memory takes."""
