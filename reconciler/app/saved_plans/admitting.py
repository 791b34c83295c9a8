"""Checks a saved plan against what is live, before it is applied.

It reads the cloud once, and reads what is served where the plan changes it. What is admitted is decided in
`core/planning/admission`.
"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from reconciler.app.reaching import ReachedTarget
from reconciler.app.reading_live import live_structures, patiently, read_cloud
from reconciler.app.saved_plans.moving import absolute
from reconciler.app.workspace import Workspace
from reconciler.core.model.artifact import Artifact, Entry, Inline, LocalFile, Structure
from reconciler.core.model.errors import CloudError, Failed, NotFound, StalePlan
from reconciler.core.model.live import CatalogModel
from reconciler.core.planning.admission.admission import Admitted, admitted, not_this_project
from reconciler.core.planning.admission.conditions import Conditions
from reconciler.core.planning.admission.new_content import new_contents
from reconciler.core.planning.plan import Action, Plan
from reconciler.core.planning.snapshot_index import index_of
from reconciler.core.planning.steps import PublishGroup, PublishModel
from reconciler.triton.served_structure import structure_of_group, structure_served

CONFIG = "config.pbtxt"
LARGEST_CONFIG = 4 * 1024 * 1024
"""The most bytes of a config.pbtxt that are read."""

Listing = tuple[tuple[str, ...], dict[str, str]]
"""The names in an artifact, and its config.pbtxt texts by folder."""


def admit(plan: Plan, workspace: Workspace, reached: ReachedTarget, confirmed: Collection[str]) -> Admitted:
    """The plan as far as it may be applied now. Raises StalePlan when it is about another project than the
    target's, and Failed for a confirmed name that the plan does not delete.
    """
    deletions = plan.with_action(Action.DELETE)
    known = {word for item in deletions for word in (item.name, item.seen.ocid if item.seen else "")}
    if missing := sorted(set(confirmed) - known):
        raise Failed(f"--confirm {missing[0]}: the saved plan deletes nothing of that name. Nothing was sent")
    snapshot = read_cloud(reached)
    if why := not_this_project(plan, snapshot):
        raise StalePlan(f"the saved plan was {why}: plan again. Nothing was sent")
    index = index_of(snapshot, plan.owner)
    pairs = new_contents(plan, index)
    contents = _Contents(absolute(plan, workspace.root), tuple(index.entries.values()), reached)
    reached.redaction.learn(plan)
    conditions = Conditions(
        index=index,
        safety=workspace.settings.safety,
        confirmed=confirmed,
        served=live_structures(reached, sorted({pair.served for pair in pairs}), snapshot),
        new={pair.new: contents.structure(pair.new) for pair in pairs},
        shown=reached.redaction.value,
    )
    return admitted(plan, conditions)


@dataclass(frozen=True, slots=True)
class _Contents:
    """What would be served from the contents that a plan names. It is read from the content itself, because a
    saved plan may say anything. `entries` are our catalog models and model groups.
    """

    plan: Plan
    entries: tuple[CatalogModel, ...]
    reached: ReachedTarget

    def structure(self, content: str) -> Structure | None:
        """The structure of a digest, or of the OCID of a catalog model; None when it cannot be read."""
        try:
            if group := self._group(content):
                return structure_of_group({key: self._listing(digest) for key, digest in group.members})
            model = self._model(content)
            if model is not None and model.group:
                return structure_of_group(patiently(self.reached.cloud.member_listings, model.ocid))
            return structure_served(*self._listing(content))
        except NotFound:
            return None
        except CloudError:
            raise
        except Failed:
            return None

    def _listing(self, content: str) -> Listing:
        model = self._model(content)
        if model is not None:
            return patiently(self.reached.cloud.listing, model.ocid)
        for step in self._steps():
            if isinstance(step, PublishModel) and step.artifact.digest == content:
                return listing_of(step.artifact)
        raise Failed(f"{content} is neither in the catalog nor in the plan")

    def _model(self, content: str) -> CatalogModel | None:
        """Our catalog model or model group with this content."""
        return next((entry for entry in self.entries if content in (entry.artifact, entry.ocid)), None)

    def _group(self, content: str) -> PublishGroup | None:
        steps = (step for step in self._steps() if isinstance(step, PublishGroup) and step.digest == content)
        return next(steps, None)

    def _steps(self) -> Iterable[object]:
        return (step for item in self.plan.deployments for step in item.steps)


def listing_of(artifact: Artifact) -> Listing:
    """The listing that this artifact will have in the catalog. Raises Failed when its files cannot be read,
    or have changed.
    """
    texts = {
        entry.path.rpartition("/")[0]: _text(entry)
        for entry in artifact.entries
        if entry.path.rpartition("/")[2] == CONFIG
    }
    return tuple(entry.path for entry in artifact.entries), texts


def _text(entry: Entry) -> str:
    match entry.source:
        case Inline(text):
            content = text.encode()
        case LocalFile(path):
            content = _read(Path(path))
        case _:
            raise Failed(f"{entry.path}: it is not here")
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise Failed(f"{entry.path}: it is not what the plan saw")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Failed(f"{entry.path}: it is not UTF-8") from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_CONFIG)
    except OSError as error:
        raise Failed(f"{path}: {error.strerror}") from error
