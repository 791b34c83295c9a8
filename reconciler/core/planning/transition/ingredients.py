"""What the ways of one deployment are made of: marks, publications, updates, proof, and the rollback from
each.

Pure. Which way is taken is decided in `transition.transitions`.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass, replace

from reconciler.core.model.configuration import Configuration
from reconciler.core.model.live import (
    MARKS_ON_A_DEPLOYMENT,
    TAGS_OF_A_RESOURCE,
    Live,
    Marks,
    State,
    join_tags,
)
from reconciler.core.model.spec import ModelGroupUpdate, OnFailure, Revision, Spec
from reconciler.core.model.target import OptionGroupsReading
from reconciler.core.planning.diff.changes import Change
from reconciler.core.planning.diff.merge import fill, ignored, with_groups
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.plan import DeploymentPlan, Refusal, Rollback, token_of
from reconciler.core.planning.snapshot_index import SnapshotIndex
from reconciler.core.planning.steps import (
    ActivateDeployment,
    DeactivateDeployment,
    KeepModel,
    ModelRef,
    ProbeDeployment,
    PublishedModel,
    PublishGroup,
    PublishModel,
    Step,
    UpdateDeployment,
    WaitFor,
)
from reconciler.core.planning.transition.batches import Batch, temporary_capacity
from reconciler.core.planning.transition.changes import groups

STATE_POINTER = "/spec/state"
REVERSIBLE = frozenset(
    {OptionGroup.BANDWIDTH, OptionGroup.SCALING, OptionGroup.CONTAINER, OptionGroup.CORE, OptionGroup.MODELS}
)
"""What a rollback takes back. Logs stay, because they explain the failure; networking cannot be taken back
(docs/service.md §3.1 A).
"""


@dataclass(frozen=True, slots=True)
class Ingredients:
    """Of one spec; `plain` is the deployment plan to fill in."""

    spec: Spec
    owner: str
    target: str
    revision: Revision | None
    reading: OptionGroupsReading
    retry_failed: bool
    index: SnapshotIndex
    plain: DeploymentPlan

    @property
    def published(self) -> PublishedModel:
        """The catalog entry that the spec asks for, by its content."""
        return PublishedModel(self.spec.artifact.digest)

    def wanted(self, now: Configuration) -> Configuration:
        """What it is to become: as the spec asks, and as it is now where the spec leaves that open or says to
        ignore it.
        """
        return fill(self.spec.configuration, now, self.spec.policy.ignore)

    def marks(self, live: Live | None) -> Marks:
        """Protection stays when its line is removed from the manifest, and so does the wish to be asked."""
        policy, now = self.spec.policy, live.marks if live else Marks()
        return Marks(
            owner=self.owner,
            name=self.spec.name,
            applied=self.spec.applied_mark,
            revision=self.revision.commit if self.revision else None,
            protect=now.protect if policy.protect is None else policy.protect,
            prune=policy.prune or now.prune,
        )

    def publish(self) -> tuple[Step, ...]:
        """Whatever of the models is not in the catalog yet."""
        if not self.spec.members:
            return self.publish_model(self.spec.artifact.digest)
        if self.in_catalog(self.spec.artifact.digest):
            return ()
        digests = sorted({member.artifact.digest for member in self.spec.members})
        models = [step for digest in digests for step in self.publish_model(digest)]
        return (*models, self.publish_group())

    def publish_model(self, digest: str) -> tuple[Step, ...]:
        """One content, unless the catalog has it."""
        if self.in_catalog(digest):
            return ()
        artifacts = (self.spec.artifact, *(member.artifact for member in self.spec.members))
        artifact = next(found for found in artifacts if found.digest == digest)
        token = self.token("model", digest)
        return (PublishModel(artifact, self.spec.name, self.owner, self.revision, token),)

    def publish_group(self) -> PublishGroup:
        """The model group of the members."""
        members = tuple((member.key, member.artifact.digest) for member in self.spec.members)
        digest = self.spec.artifact.digest
        return PublishGroup(digest, members, self.spec.name, self.owner, self.token("group", digest))

    def token(self, kind: str, digest: str) -> str:
        """Another one when an entry of this content has been there and is gone."""
        spent = sorted(self.index.spent.get(digest, ()))
        return token_of(kind, self.owner, self.index.snapshot.project.ocid, digest, spent)

    def members_note(self, live: Live, now: Configuration) -> tuple[str, ...]:
        """Which models of a model group have new content, as far as the catalog tells what it holds now."""
        if not self.spec.members or now.artifact == self.spec.artifact.digest:
            return ()
        group = self.index.entries.get(live.model_id or "")
        entries = [self.index.entries.get(ocid) for ocid in group.members] if group else []
        held = {entry.artifact for entry in entries if entry and entry.artifact}
        if not held or not all(entry and entry.artifact for entry in entries):
            return ()
        new = [member.key for member in self.spec.members if member.artifact.digest not in held]
        same = [member.key for member in self.spec.members if member.key not in new]
        parts = [f"new content of {', '.join(new)}"] if new else []
        parts += [f"{', '.join(same)} unchanged"] if same else []
        return (f"model group: {'; '.join(parts)}",)

    def in_catalog(self, digest: str) -> bool:
        """Whether the catalog has this content of ours, ready to be used."""
        return digest in self.index.ready

    def marks_before_proof(self, live: Live) -> Marks:
        """With probes nothing counts as applied before they have been answered."""
        if not self.spec.rollout.probes:
            return self.marks(live)
        return replace(live.marks, applied=None)

    def proof(self, plan: DeploymentPlan, live: Live, now: Configuration) -> tuple[Step, ...]:
        """The probes, and the marks after them."""
        if not self.spec.rollout.probes:
            return ()
        changed = groups(plan.changes)
        return (*self.probes(), *(self.marking(live, now, set(changed)) if changed else ()))

    def marking(self, live: Live, now: Configuration, done: Set[OptionGroup]) -> tuple[Step, ...]:
        """The update that says that all is as asked, and proven; it stops or replaces nothing."""
        after = with_groups({*done, OptionGroup.METADATA}, self.wanted(now), now)
        model = self.model(live, after.artifact)
        mark = UpdateDeployment(live.ocid, (OptionGroup.METADATA,), after, model, self.marks(live))
        return (mark, WaitFor(State.ACTIVE))

    def probes(self) -> tuple[Step, ...]:
        """The step that asks the live endpoint, if the spec has probes."""
        probes = self.spec.rollout.probes
        return (ProbeDeployment(probes),) if probes else ()

    def wants_active(self, live: Live) -> bool:
        """Whether it is to serve in the end; an ignored state stays what it is."""
        if ignored(STATE_POINTER, self.spec.policy.ignore) and live.state is not State.FAILED:
            return live.state is not State.INACTIVE
        return self.spec.active

    def too_many_tags(self, live: Live, now: Configuration) -> Refusal | None:
        """Labels that are live and ignored count as well."""
        marks = replace(self.marks(live), failed=self.spec.failed_mark)
        count = len(join_tags(self.wanted(now).labels, marks))
        if count <= TAGS_OF_A_RESOURCE:
            return None
        most = TAGS_OF_A_RESOURCE - MARKS_ON_A_DEPLOYMENT
        return Refusal(
            f"it would have {count} free-form tags with our marks, {TAGS_OF_A_RESOURCE} at most",
            (f"leave it no more than {most} labels, ignored ones included",),
        )

    def model(self, live: Live, artifact: str | None) -> ModelRef:
        """The catalog entry of this content: the one that runs, if it is that one."""
        keep = live.configuration is not None and live.configuration.artifact == artifact and live.model_id
        return KeepModel(live.model_id) if keep and live.model_id else self.published

    def publish_if_new(self, now: Configuration) -> tuple[Step, ...]:
        """What has to be published for another content than runs now."""
        return () if now.artifact == self.wanted(now).artifact else self.publish()

    def rollbacks(self, places: Iterable[int], backs: list[tuple[Step, ...]]) -> tuple[Rollback, ...]:
        """Each rollback, bound to the place of the step that it takes back."""
        if self.spec.rollout.on_failure is OnFailure.STOP:
            return ()
        return tuple(Rollback(at, back) for at, back in zip(places, backs, strict=False) if back)

    def failed_marks(self, live: Live) -> Marks:
        """The memory of a failure gives way to tags of others: it must not be what the rollback fails of."""
        labels = live.configuration.labels if live.configuration else ()
        marks = replace(live.marks, failed=self.spec.failed_mark)
        return marks if len(join_tags(labels, marks)) <= TAGS_OF_A_RESOURCE else live.marks

    def back(
        self,
        live: Live,
        now: Configuration,
        wanted: Configuration,
        batch: Batch,
        before: frozenset[OptionGroup],
        first: bool,
    ) -> tuple[Step, ...]:
        """Only the last one to be run remembers the failure: before it, the rollback is not at its end."""
        if not REVERSIBLE & set(batch):
            return ()
        was = with_groups(before, wanted, now)
        in_place = (
            OptionGroup.MODELS in batch and self.spec.rollout.model_group_update is ModelGroupUpdate.LIVE
        )
        update = UpdateDeployment(
            live.ocid,
            tuple(sorted({*batch, OptionGroup.METADATA})),
            was,
            self.model(live, was.artifact),
            self.failed_marks(live) if first else live.marks,
            temporary_capacity(batch, was, in_place),
            in_place,
        )
        return (update, WaitFor(State.ACTIVE))

    def back_inactive(
        self, live: Live, now: Configuration, changes: tuple[Change, ...], then_start: bool
    ) -> tuple[Step, ...]:
        """The rollback of an update while nobody is served; `then_start` where somebody was before."""
        was = replace(now, container=replace(now.container, environment=None))
        taken_back = tuple(
            sorted({*groups(changes), OptionGroup.METADATA} - {OptionGroup.LOGS, OptionGroup.NETWORK})
        )
        keep = KeepModel(live.model_id) if live.model_id else self.published
        update = UpdateDeployment(live.ocid, taken_back, was, keep, self.failed_marks(live))
        stop = (DeactivateDeployment(live.ocid), WaitFor(State.INACTIVE))
        start = (ActivateDeployment(live.ocid), WaitFor(State.ACTIVE)) if then_start else ()
        return (*stop, update, WaitFor(State.INACTIVE), *start)

    def update(
        self,
        live: Live,
        now: Configuration,
        wanted: Configuration,
        batch: Batch,
        done: frozenset[OptionGroup],
        marks: Marks,
    ) -> UpdateDeployment:
        """The update that carries one batch."""
        after = with_groups(done, wanted, now)
        in_place = (
            OptionGroup.MODELS in batch and self.spec.rollout.model_group_update is ModelGroupUpdate.LIVE
        )
        return UpdateDeployment(
            ocid=live.ocid,
            groups=batch,
            configuration=after,
            model=self.model(live, after.artifact),
            marks=marks,
            temporary=temporary_capacity(batch, after, in_place),
            in_place=in_place,
        )

    def tried(self, live: Live) -> bool:
        """Whether this very spec is remembered as failed."""
        return live.marks.failed is not None and live.marks.failed == self.spec.failed_mark
