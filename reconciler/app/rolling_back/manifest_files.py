"""Which files the manifests of a checkout name, for all of its targets, and where each manifest is: for the
manifests of one target are written with those of the others. Nothing is changed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.app.rolling_back.revisions import files_of
from reconciler.app.validating import checked_manifests
from reconciler.app.workspace import Workspace, workspace_at
from reconciler.core.model.errors import InvalidManifests, ReconcilerError
from reconciler.core.model.findings import Location
from reconciler.core.model.target import Target
from reconciler.core.model.text import first_line
from reconciler.manifests.loading import Loaded, manifests_for
from reconciler.manifests.rules.deployment_names import DeploymentNames


@dataclass(frozen=True, slots=True)
class ManifestFiles:
    """By the names of deployments: the place of the manifest, valid or not, and the files that it names, by
    their paths from the root, with its own. `heirs` has the name that a deployment has now by the one that it
    had before. `unread` says for which targets the manifests are not valid, and why: what they name there is
    not known.
    """

    places: Mapping[str, Location]
    named: Mapping[str, frozenset[str]]
    heirs: Mapping[str, str]
    unread: tuple[str, ...] = ()

    def of(self, name: str) -> frozenset[str]:
        """The files of one manifest."""
        own = {self.places[name].path} if name in self.places else set()
        return self.named.get(name, frozenset()) | own

    def of_others(self, name: str) -> frozenset[str]:
        """The files of all the other manifests."""
        return frozenset[str]().union(*(files for other, files in self.named.items() if other != name))


def manifest_files(workspace: Workspace, target: Target) -> ManifestFiles:
    """The files of all manifests of a checkout; of two by one name, the place of the one for this target."""
    places: dict[str, Location] = {}
    heirs: dict[str, str] = {}
    for manifest in manifests_for(workspace.root, target.values, target.name):
        claim = DeploymentNames().note(manifest.document)
        place = manifest.document.location(manifest.document.root)
        if manifest.absent is None:
            places[claim.name] = place
            heirs |= {claim.renamed_from: claim.name} if claim.renamed_from else {}
        else:
            places.setdefault(claim.name, place)
    named: dict[str, frozenset[str]] = {}
    unread = []
    for name, loaded in _for_each_target(workspace, target):
        if isinstance(loaded, str):
            unread.append(f"target {name}: {loaded}")
            continue
        for draft in loaded.drafts:
            files = files_of(draft, workspace.root)
            named[draft.name] = named.get(draft.name, frozenset()) | files
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
