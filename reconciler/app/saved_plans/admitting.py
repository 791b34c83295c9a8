"""Checks a saved plan against what is live, before it is applied.

It reads the cloud once, and reads what is served where the plan changes it. What is admitted is decided in
`core/planning/admission`.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from reconciler.app.connecting import ReachedTarget
from reconciler.app.reading_live import known_structure, live_structures, read_cloud
from reconciler.app.saved_plans.file_paths import absolute
from reconciler.app.workspace import Workspace
from reconciler.core.model.artifact import Artifact, Structure
from reconciler.core.model.errors import Failed, StalePlan
from reconciler.core.model.live import CatalogModel
from reconciler.core.planning.admission.admission import Admitted, admitted, not_this_project
from reconciler.core.planning.admission.conditions import Conditions
from reconciler.core.planning.admission.new_content import new_contents
from reconciler.core.planning.plan import Action, Plan
from reconciler.core.planning.snapshot_index import index_of
from reconciler.core.planning.steps import PublishGroup, PublishModel
from reconciler.triton.config_file import LARGEST_CONFIG
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.files.port import RepositoryFiles
from reconciler.triton.served_structure import structure_of_group, structure_served


def admit(plan: Plan, workspace: Workspace, reached: ReachedTarget, confirmed: Collection[str]) -> Admitted:
    """The plan as far as it may be applied now. Raises StalePlan when it is about another project than the
    target's, and Failed for a confirmed name that the plan does not delete.
    """
    deletions = plan.with_action(Action.DELETE)
    known = {word for item in deletions for word in (item.name, item.ocid)}
    if missing := sorted(set(confirmed) - known):
        raise Failed(f"--confirm {missing[0]}: the saved plan deletes nothing of that name. Nothing was sent")
    snapshot = read_cloud(reached)
    if why := not_this_project(plan, snapshot):
        raise StalePlan(f"the saved plan was {why}: plan again. Nothing was sent")
    index = index_of(snapshot, plan.owner)
    pairs = new_contents(plan, index)
    contents = _Contents(absolute(plan, workspace.root), tuple(index.our_models_by_ocid.values()), reached)
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
        return known_structure(partial(self._structure, content))

    def _structure(self, content: str) -> Structure:
        if group := self._group(content):
            return structure_of_group({key: self._files(digest) for key, digest in group.members})
        model = self._model(content)
        if model is not None and model.is_model_group:
            return structure_of_group(self.reached.cloud.member_contents(model.ocid))
        return structure_served(self._files(content))

    def _files(self, content: str) -> RepositoryFiles:
        if model := self._model(content):
            return self.reached.cloud.content(model.ocid)
        for step in self._steps():
            if isinstance(step, PublishModel) and step.artifact.digest == content:
                return PlannedFiles(step.artifact)
        raise Failed(f"{content} is neither in the catalog nor in the plan")

    def _model(self, content: str) -> CatalogModel | None:
        """Our catalog model or model group with this content."""
        return next((entry for entry in self.entries if content in (entry.artifact, entry.ocid)), None)

    def _group(self, content: str) -> PublishGroup | None:
        steps = (step for step in self._steps() if isinstance(step, PublishGroup) and step.digest == content)
        return next(steps, None)

    def _steps(self) -> Iterable[object]:
        return (step for item in self.plan.deployments for step in item.steps)


class PlannedFiles:
    """The files of an artifact that a plan would publish. Reading raises Failed when a file has changed since
    the plan was made.
    """

    def __init__(self, artifact: Artifact) -> None:
        self._entries = {entry.path: entry for entry in artifact.entries}
        self._files = LocalFiles({entry.path: entry.source for entry in artifact.entries})

    def paths(self) -> Sequence[str]:
        return self._files.paths()

    def size(self, path: str) -> int:
        return self._files.size(path)

    def read(self, path: str, offset: int, length: int) -> bytes:
        # Of a larger file only a beginning is read, which has another digest: it counts as changed.
        content = self._files.read(path, 0, LARGEST_CONFIG + 1)
        if hashlib.sha256(content).hexdigest() != self._entries[path].sha256:
            raise Failed(f"{path}: it is not what the plan saw")
        return content[offset : offset + length]
