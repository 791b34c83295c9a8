"""Where the manifest of a deployment that is adopted goes, and its models: new files inside the repository,
made in a hidden folder first (`staging`). Nothing that is there is replaced.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reconciler.core.model.errors import Failed
from reconciler.manifests.discovery import FOLDER
from reconciler.manifests.overlays.overlays import Overlaid
from reconciler.manifests.yaml.tree import Document, Scalar, find
from reconciler.triton.files.confined_paths import within

MODELS = "models"
"""The folder beside the manifest that downloaded models are laid out in."""


@dataclass(frozen=True, slots=True)
class Places:
    """The places for the deployment of this name, as paths from the root."""

    root: Path
    name: str

    @property
    def manifest(self) -> str:
        """The manifest."""
        return f"{FOLDER}/{self.name}.yaml"

    @property
    def models(self) -> str:
        """The folder of downloaded models."""
        return f"{FOLDER}/{MODELS}/{self.name}"

    def taken(self, manifests: Iterable[Overlaid], *, download: bool) -> Iterator[str]:
        """Why something cannot be put there."""
        for place in (self.manifest, *((self.models,) if download else ())):
            if os.path.lexists(self.root / place):
                yield f"{place} exists already, and is not replaced: move it, or choose a name with --as"
        if not download:
            return
        above, without = f"{FOLDER}/{MODELS}", "leave --download out"
        if not self._leads_inside(above):
            yield f"{above} leads out of the repository by a link: take the link away, or {without}"
        elif self._is_file(above):
            yield f"{above} is no folder: move it, or {without}"
        real = os.path.realpath(self.root / self.models)
        for document in _for_all_targets(manifests):
            repository = find(document.root, "spec", "modelRepository")
            text = repository.value if isinstance(repository, Scalar) else None
            if isinstance(text, str) and within(real, self._real_place(document, text)):
                yield f"{self.models} would be a model of {document.path}, whose modelRepository is {text}"

    def _leads_inside(self, place: str) -> bool:
        return within(os.path.realpath(self.root / place), os.path.realpath(self.root))

    def _is_file(self, place: str) -> bool:
        return os.path.lexists(self.root / place) and not (self.root / place).is_dir()

    def _real_place(self, document: Document, text: str) -> str:
        return os.path.realpath((self.root / document.path).parent / text)

    def put(self, stage: Path, text: str) -> None:
        """Move what is staged to its place; what is there by now is not replaced."""
        downloaded = stage / MODELS / self.name
        models, manifest = self.root / self.models, self.root / self.manifest
        moved = downloaded.is_dir()
        if moved:
            models.parent.mkdir(exist_ok=True)
            if os.path.lexists(models):
                raise Failed(f"{self.models} exists by now. Nothing was written")
            downloaded.rename(models)
        try:
            with manifest.open("x", encoding="utf-8") as file:
                file.write(text)
        except BaseException as error:
            if moved:
                shutil.rmtree(models, ignore_errors=True)
            if isinstance(error, OSError):
                raise Failed(f"{self.manifest}: {error.strerror}. Nothing was written") from error
            raise


def _for_all_targets(manifests: Iterable[Overlaid]) -> Iterator[Document]:
    for manifest in manifests:
        yield manifest.document
        yield from manifest.elsewhere
