"""Checks a saved plan against what is live, before it is applied.

It reads the cloud once, and reads what is served where the plan changes it. What is admitted is decided in
`core/planning/admission`.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from reconciler.adapters.clock import RealClock
from reconciler.app.connecting import ReachedTarget
from reconciler.app.images.looking import look_at_images
from reconciler.app.live.reading_live import read_cloud, read_holders
from reconciler.app.live.served_models import Models, known_or_none, read_entry
from reconciler.app.saved_plans.file_paths import absolute
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.artifact import Artifact, with_contents
from reconciler.core.model.configuration import DeploymentType
from reconciler.core.model.errors import Failed, StalePlan
from reconciler.core.model.live import CatalogModel, Snapshot
from reconciler.core.model.served.structure import Served
from reconciler.core.model.target import Target
from reconciler.core.planning.admission.admission import Admitted, admitted, not_this_project
from reconciler.core.planning.admission.conditions import Conditions, ServingState, all_writes
from reconciler.core.planning.admission.image_rules import images_to_make
from reconciler.core.planning.admission.new_content import serving_states
from reconciler.core.planning.clean_up import DAY_SECONDS, sort_catalog
from reconciler.core.planning.plan import Action, Plan
from reconciler.core.planning.snapshot_index import index_of
from reconciler.core.planning.steps import NamedModel, PublishGroup, PublishModel
from reconciler.engine.utc import timestamp
from reconciler.triton.config_file import LARGEST_CONFIG
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.files.port import RepositoryFiles
from reconciler.triton.live_models import member_model, models_in
from reconciler.triton.server.served import serve_the_same, served_by


def admit(
    plan: Plan,
    workspace: Workspace,
    target: Target,
    reached: ReachedTarget,
    confirmed: Collection[str],
    say: Say,
) -> Admitted:
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
    if plan.deletes_entries:
        snapshot = read_holders(reached, snapshot)
    index = index_of(snapshot, plan.owner)
    live = {item.model_id: item.deployment_type for item in snapshot.deployments} | _named(plan)
    entries = tuple(index.our_models_by_ocid.values())
    contents = _Contents(absolute(plan, workspace.root), entries, live, reached)
    reached.redaction.learn(plan)
    conditions = Conditions(
        index=index,
        safety=workspace.settings.safety,
        confirmed=confirmed,
        served=contents.served(serving_states(plan, index)),
        serve_the_same=serve_the_same,
        misdescribed=contents.misdescribed(),
        unused=_unused(plan, workspace, snapshot),
        shown=reached.redaction.value,
        image_builds=workspace.settings.image_builds,
        sights=look_at_images(workspace, target, reached, images_to_make(plan), say),
    )
    found = admitted(plan, conditions)
    # What is told of capacity is what is live, whatever the plan says of it.
    return replace(found, plan=reached.redaction.plan_as_shown(found.plan.with_machines(index.by_ocid)))


def _named(plan: Plan) -> dict[str | None, str]:
    """The catalog models that the plan names by their OCIDs, with the type of their deployments."""
    writes = (write for item in plan.deployments for write in all_writes(item))
    return {
        write.model.ocid: write.configuration.kind for write in writes if isinstance(write.model, NamedModel)
    }


def _unused(plan: Plan, workspace: Workspace, snapshot: Snapshot) -> frozenset[str]:
    """The catalog entries that a clean-up would delete now."""
    keep, recent = workspace.settings.gc.keep, timestamp(RealClock(), DAY_SECONDS)
    return frozenset(model.ocid for model in sort_catalog(snapshot, plan.owner, keep, recent).going)


@dataclass(frozen=True, slots=True)
class _Contents:
    """What would be served from the contents that a plan names. It is read from the content itself, because a
    saved plan may say anything. `entries` are our catalog models and model groups; `live` has what
    deployments run, or are to run by its OCID, with the type of these.
    """

    plan: Plan
    entries: tuple[CatalogModel, ...]
    live: Mapping[str | None, str]
    reached: ReachedTarget

    def served(self, states: Collection[ServingState]) -> dict[ServingState, Served | None]:
        """What is served in each state; None where it cannot be read."""
        contents = {state.content for state in states}
        read = {content: known_or_none(partial(self._models, content)) for content in contents}
        return {
            state: None if (models := read[state.content]) is None else served_by(models, state.words)
            for state in states
        }

    def misdescribed(self) -> frozenset[str]:
        """The digests of artifacts to be published whose models are others than the plan says."""
        steps = [step for step in self._steps() if isinstance(step, PublishModel)]
        return frozenset(step.artifact.digest for step in steps if not self._is_described(step.artifact))

    def _is_described(self, artifact: Artifact) -> bool:
        if not artifact.models:
            return True  # Nothing would be kept.
        files, of_group = PlannedFiles(artifact), artifact.digest in self._member_digests()

        def read() -> Models:
            models = (member_model(artifact.models[0].name, files),) if of_group else models_in(files)
            return with_contents(models, artifact.entries, of_member=of_group)

        return known_or_none(read) == artifact.models

    def _member_digests(self) -> frozenset[str]:
        groups = (step for step in self._steps() if isinstance(step, PublishGroup))
        return frozenset(digest for group in groups for _, digest in group.members)

    def _models(self, content: str) -> Models:
        if group := self._group(content):
            return tuple(member_model(key, self._files(digest)) for key, digest in group.members)
        if model := self._model(content):
            return read_entry(self.reached, model.ocid, of_group=model.is_model_group)
        if content in self.live:
            return read_entry(
                self.reached, content, of_group=self.live[content] == DeploymentType.MODEL_GROUP
            )
        return models_in(self._files(content))

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
        self._last = ("", b"")

    def paths(self) -> Sequence[str]:
        return self._files.paths()

    def size(self, path: str) -> int:
        return self._files.size(path)

    def read(self, path: str, offset: int, length: int) -> bytes:
        size = self.size(path)
        if size > LARGEST_CONFIG:
            # Too large to hash it here. A file that has changed is not published.
            return self._files.read(path, offset, length)
        if self._last[0] != path:
            self._last = (path, self._checked(path, size))
        return self._last[1][offset : offset + length]

    def _checked(self, path: str, size: int) -> bytes:
        content = self._files.read(path, 0, size)
        if hashlib.sha256(content).hexdigest() != self._entries[path].sha256:
            raise Failed(f"{path}: it is not what the plan saw")
        return content
