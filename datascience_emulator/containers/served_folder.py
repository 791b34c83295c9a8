"""The folder that a container sees at the mount. It shows an artifact, and later another one in its place.

A bind mount stays on the folder that it was made for, so what is in that folder changes. The files are hard
links: nothing is copied. Folders may be read by every user of the container; on this machine they lie in the
emulator's home, which is closed to others.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ServedFolder:
    """`folder` is for this one container."""

    folder: Path

    @property
    def shown(self) -> Path:
        return self.folder / "deployed_model"

    def show(self, model_dir: Path) -> None:
        """Show this artifact, and nothing of the one before. What a server has opened stays readable."""
        coming, leaving = self.folder / "coming", self.folder / "leaving"
        for rest in (coming, leaving):
            shutil.rmtree(rest, ignore_errors=True)
            _make(rest)
        _make(self.shown)
        _link(model_dir, coming)
        names = {entry.name for folder in (coming, self.shown) for entry in folder.iterdir()}
        for name in sorted(names):
            if os.path.lexists(self.shown / name):
                (self.shown / name).rename(leaving / name)
            if os.path.lexists(coming / name):
                (coming / name).rename(self.shown / name)
        shutil.rmtree(leaving)
        shutil.rmtree(coming)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)


def _link(source: Path, target: Path) -> None:
    for entry in source.iterdir():
        if entry.is_dir():
            _make(target / entry.name)
            _link(entry, target / entry.name)
        else:
            (target / entry.name).hardlink_to(entry)
