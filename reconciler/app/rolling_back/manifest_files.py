"""The manifests of a repository by their places, each with the files that it names, for whichever target: a
manifest is brought back as a whole, so what it says for other targets comes with it. It only reads.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reconciler.app.environments.not_for_target import absent_words
from reconciler.app.validating import checked_manifests
from reconciler.app.workspace import Workspace, workspace_at
from reconciler.core.model.artifact import LocalFile
from reconciler.core.model.errors import ReconcilerError
from reconciler.core.model.findings import Location
from reconciler.core.model.target import Target
from reconciler.manifests.loading import Loaded
from reconciler.manifests.spec_draft import SpecDraft


@dataclass(frozen=True, slots=True)
class ManifestFiles:
    """What one manifest names: paths from the root of the repository, that of the manifest among them."""

    name: str
    files: frozenset[str]


def files_by_manifest(workspace: Workspace, target: Target, loaded: Loaded) -> dict[Location, ManifestFiles]:
    """Every manifest of a repository by its place, with all that it names for this target, for which they are
    `loaded`, and for every other one that can be read.
    """
    found: dict[Location, ManifestFiles] = {}
    for each in (loaded, *_for_other_targets(workspace, target)):
        for draft in each.drafts:
            before = found[draft.where].files if draft.where in found else frozenset[str]()
            found[draft.where] = ManifestFiles(draft.name, before | _files_of(draft, workspace.root))
        for absent in each.absent:
            alone = ManifestFiles(absent.claim.name, frozenset({absent.manifest.path}))
            found.setdefault(absent.manifest, alone)
    return found


def place_of(loaded: Loaded, name: str) -> Location | None:
    """Where the manifest of this name is, or one that has it and is not for the target; None if none has."""
    places = (draft.where for draft in loaded.drafts if draft.name == name)
    elsewhere = (absent.manifest for absent in loaded.absent if absent.claim.name == name)
    return next(places, next(elsewhere, None))


def not_here(loaded: Loaded, name: str, target: Target) -> str:
    """That the manifest of this name is not for the target; empty where none says so."""
    return next((absent_words(one, target.name) for one in loaded.absent if one.claim.name == name), "")


def _for_other_targets(workspace: Workspace, target: Target) -> Iterator[Loaded]:
    for name in sorted(workspace.settings.known_targets - {target.name}):
        try:
            there, other = workspace_at(workspace.root, name, workspace.environment, workspace.values)
            yield checked_manifests(there, other, ())
        except ReconcilerError:
            continue  # What is wrong with another target is told where that one is meant.


def _files_of(draft: SpecDraft, root: Path) -> frozenset[str]:
    files = {file.source.path for file in draft.layout.files if isinstance(file.source, LocalFile)}
    for probe in draft.rollout.probes:
        files |= {probe.input.path, *((probe.expect.path,) if probe.expect else ())}
    return frozenset({draft.where.path, *(os.path.relpath(file, root) for file in files)})
