"""Which files the manifests of a checkout name, for all of its targets, and where each manifest is: one is
brought back as a whole, so what it says for other targets comes with it. Nothing is changed.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from reconciler.app.validating import checked_manifests
from reconciler.app.workspace import Workspace, workspace_at
from reconciler.core.model.artifact import LocalFile
from reconciler.core.model.errors import InvalidManifests, ReconcilerError
from reconciler.core.model.findings import Location
from reconciler.core.model.target import Target
from reconciler.core.model.text import first_line
from reconciler.manifests.loading import Loaded, manifests_for
from reconciler.manifests.rules.deployment_names import claim_of
from reconciler.manifests.spec_draft import SpecDraft

MOST_LINKS = 40
"""Links on the way to one file: no system follows more."""


@dataclass(frozen=True, slots=True)
class ManifestFiles:
    """`places` has the place of each manifest, valid or not, by the name of its deployment; `named`, by that
    place, the name, and the files that it names for any target, by their paths from the root, with its own.
    `heirs` has the name that a deployment has now by the one that it had before. `unread` says for which
    targets the manifests are not valid, and why: what they name there is not known.
    """

    places: Mapping[str, Location]
    named: Mapping[Location, tuple[str, frozenset[str]]]
    heirs: Mapping[str, str]
    unread: tuple[str, ...] = ()

    def of(self, name: str) -> frozenset[str]:
        """The files of one manifest."""
        place = self.places.get(name)
        if place is None:
            return frozenset()
        _, files = self.named.get(place, ("", frozenset[str]()))
        return files | {place.path}

    def users(self, path: str, name: str) -> list[str]:
        """The names of the other manifests that name this file."""
        place = self.places.get(name)
        return [other for at, (other, files) in self.named.items() if at != place and path in files]


def manifest_files(workspace: Workspace, target: Target) -> ManifestFiles:
    """The files of all manifests of a checkout; of two by one name, the place of the one for this target."""
    places: dict[str, Location] = {}
    heirs: dict[str, str] = {}
    for manifest in manifests_for(workspace.root, target.values, target.name):
        claim = claim_of(manifest.document)
        place = manifest.document.location(manifest.document.root)
        if manifest.absent is None:
            places[claim.name] = place
            heirs |= {claim.renamed_from: claim.name} if claim.renamed_from else {}
        else:
            places.setdefault(claim.name, place)
    named: dict[Location, tuple[str, frozenset[str]]] = {}
    unread = []
    for name, loaded in _for_each_target(workspace, target):
        if isinstance(loaded, str):
            unread.append(f"target {name}: {loaded}")
            continue
        for draft in loaded.drafts:
            _, before = named.get(draft.where, ("", frozenset[str]()))
            named[draft.where] = draft.name, before | files_of(draft, workspace.root)
    return ManifestFiles(places, named, heirs, tuple(unread))


def _for_each_target(workspace: Workspace, target: Target) -> Iterator[tuple[str, Loaded | str]]:
    """The manifests for each target, by its name; or what is wrong with them."""
    names = dict.fromkeys((target.name, *workspace.settings.target_names))
    for name in names:
        try:
            opened, chosen = workspace, target
            if name != target.name:
                opened, chosen = workspace_at(workspace.root, name, workspace.environment)
                secrets = workspace.settings.secrets
                opened = replace(opened, settings=replace(opened.settings, secrets=secrets))
            yield name, checked_manifests(opened, chosen, ())
        except InvalidManifests as error:
            finding = error.findings[0]
            yield name, f"{finding.where.path}: {first_line(finding.what)}"
        except ReconcilerError as error:
            yield name, first_line(str(error))


def files_of(draft: SpecDraft, root: Path) -> frozenset[str]:
    """A manifest and the files that it names, by their paths from the root of the repository; with the links
    on the way to them, and what those lead to.
    """
    files = {file.source.path for file in draft.layout.files if isinstance(file.source, LocalFile)}
    for probe in draft.rollout.probes:
        files |= {probe.input.path, *((probe.expect.path,) if probe.expect else ())}
    files.add(str(root / draft.where.path))
    inside = {os.path.relpath(place, root.resolve()) for file in files for place in _places(file, root)}
    return frozenset(path for path in inside if not path.startswith(".."))


def _places(file: str, root: Path) -> Iterator[Path]:
    """Where a file is, without links; and every link on the way to it."""
    at, left, links = root.resolve(), list(PurePath(os.path.relpath(file, root)).parts), 0
    while left:
        at = at.parent if (step := left.pop(0)) == ".." else at / step
        if at.is_symlink() and links < MOST_LINKS:
            yield at
            left, links = [*at.readlink().parts, *left], links + 1
            at = at.parent
    yield at
