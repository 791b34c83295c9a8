"""adopt: writes the manifest of a deployment that exists already and that nobody owns.

It is written, loaded and planned in a folder of its own first: a manifest whose plan would change more than
our marks is refused, with all reasons at once, and nothing of it stays.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.app import planning
from reconciler.app.connecting import ReachedTarget, reach
from reconciler.app.desired import PlanRequest
from reconciler.app.live.reading_live import read_cloud
from reconciler.app.names import no_such_live
from reconciler.app.ownership.downloading_models import Downloaded, download_models
from reconciler.app.ownership.places import MODELS, Places
from reconciler.app.ownership.staging import staged
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.configuration import CONTAINER_TYPE, TRITON, Configuration, DeploymentType, Secret
from reconciler.core.model.errors import Failed, InvalidManifests, Refused
from reconciler.core.model.findings import Severity
from reconciler.core.model.live import GONE, IN_FLIGHT, Live, Snapshot, State
from reconciler.core.model.target import Target
from reconciler.core.model.views.adopted import Adopted
from reconciler.core.planning.plan import Action, DeploymentPlan
from reconciler.core.planning.refusals import owner_words, several
from reconciler.core.planning.transition.changes import MARKS_FIELDS
from reconciler.manifests.adopted.fields import AdoptedModels, manifest_fields, unsayable
from reconciler.manifests.adopted.text import manifest_text
from reconciler.manifests.adopted.variables import shown_secrets, written_variables
from reconciler.manifests.loading import manifests_for
from reconciler.manifests.yaml.tree import text_at

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


def adopt(
    workspace: Workspace, target: Target, word: str, called: str, *, download: bool, say: Say
) -> Adopted:
    """Write the manifest of the deployment with this name or OCID, as the manifest of `called` if that is
    given. Raises Refused with every reason why it cannot be adopted; then nothing is written.
    """
    reached = reach(workspace, target, say)
    snapshot = read_cloud(reached)
    live = _the_one(word, snapshot, target)
    reasons = list(_not_free(live, snapshot, workspace.settings.owner))
    if reasons:
        raise _refused(live, reasons)
    configuration = live.configuration
    if configuration is None or live.model_id is None:
        kind = live.deployment_type
        raise _refused(live, [f"it is a {kind} deployment without a container of its own: it is not Triton"])
    adoption = _Adoption(workspace, target, reached, live, configuration, called or live.display_name, say)
    return adoption.write(download=download)


def _the_one(word: str, snapshot: Snapshot, target: Target) -> Live:
    there = [live for live in snapshot.deployments if live.state not in GONE]
    matches = [live for live in there if word == live.ocid]
    matches = matches or [live for live in snapshot.alive() if word == live.display_name]
    if len(matches) > 1:
        raise Failed(f"{several(word, matches).reason}: name one by its OCID. Nothing was written")
    if not matches:
        raise no_such_live(word, {live.display_name for live in snapshot.alive()}, target)
    return matches[0]


def _not_free(live: Live, snapshot: Snapshot, owner: str) -> Iterator[str]:
    """Why it may not be taken over, whatever it is."""
    if live.marks.owner == owner:
        yield f"it is ours already, and marked as {live.marks.name!r}"
    elif live.marks.owner is not None:
        yield f"it {owner_words(live.marks.owner)}; have that owner release it: reconcile release"
    if live.project_id != snapshot.project.ocid:
        yield f"it is in another project than the target's, which is {snapshot.project.name}"
    if live.state in IN_FLIGHT:
        yield f"it is {live.state} now; wait for the end of that"
    if live.state is State.FAILED:
        yield "it is FAILED: only a deletion leads out of that"


def _refused(live: Live, reasons: Iterable[str]) -> Refused:
    each = "".join(f"\n    - {reason}" for reason in dict.fromkeys(reasons))
    return Refused(f"{live.ocid} is not adopted, and nothing was written:{each}")


@dataclass(frozen=True, slots=True)
class _Adoption:
    """One deployment on its way to a manifest of this name."""

    workspace: Workspace
    target: Target
    reached: ReachedTarget
    live: Live
    configuration: Configuration
    name: str
    say: Say

    @property
    def places(self) -> Places:
        """Where it goes."""
        return Places(self.workspace.root, self.name)

    def write(self, *, download: bool) -> Adopted:
        self.workspace.redaction.learn(tuple(self._variables().values()))
        reasons = [*self._not_triton(), *self._not_named(download), *unsayable(self.live, self.configuration)]
        if download and self.configuration.kind is not DeploymentType.SINGLE_MODEL:
            reasons.append(
                "the models of a model group are catalog models of their own: leave --download out"
            )
        reasons += self._shown_secrets()
        with staged(self.workspace.root) as stage:
            ready = download and not reasons
            downloaded = self._download(stage) if ready else Downloaded()
            reasons += downloaded.reasons
            models = AdoptedModels(
                self.live.model_id or "",
                f"{MODELS}/{self.name}" if downloaded.content else "",
                downloaded.content,
            )
            fields = manifest_fields(self.live, self.configuration, self.name, models)
            text = manifest_text(fields)
            written = stage / f"{self.name if NAME.fullmatch(self.name) else 'manifest'}.yaml"
            written.write_text(text, encoding="utf-8")
            reasons += self._not_as_live(stage, reasons)
            if reasons:
                # They may quote what is live, and its variables are all taken for secrets.
                raise _refused(self.live, map(self.workspace.redaction.text, reasons))
            self.places.put(stage, text)
        return Adopted(
            self.name,
            self.live.ocid,
            self.places.manifest,
            self.places.models if downloaded.content else "",
            tuple(sorted(self._secrets())),
            downloaded.left_out,
        )

    def _variables(self) -> dict[str, str | Secret]:
        return written_variables(self.configuration.container.environment or (), self.name)

    def _secrets(self) -> dict[str, str]:
        """The variables of the environment that the manifest takes values from, with those that are live."""
        secrets = (value for value in self._variables().values() if isinstance(value, Secret))
        return {secret.name: secret.value or "" for secret in secrets}

    # -- why not

    def _not_triton(self) -> Iterator[str]:
        kind = dict(self.configuration.container.environment or ()).get(CONTAINER_TYPE)
        if kind != TRITON:
            yield f"its container is not Triton: its variable {CONTAINER_TYPE} is not {TRITON}"

    def _not_named(self, download: bool) -> Iterator[str]:
        if not NAME.fullmatch(self.name):
            yield f"{self.name!r} cannot be the name of a manifest: choose one with --as"
            return
        others = manifests_for(self.workspace.root, self.target.values, self.target.name)
        yield from self.places.taken(others, download=download)
        if any(text_at(other.document.root, "metadata", "name") == self.name for other in others):
            yield f"another manifest has the name {self.name}: choose one with --as"

    def _shown_secrets(self) -> Iterator[str]:
        container, variables = self.configuration.container, self._variables()
        plain = (value for value in variables.values() if isinstance(value, str))
        labels = (text for pair in self.configuration.labels for text in pair)
        texts = (*container.words, self.configuration.description or "", *labels, *plain)
        for name in shown_secrets(variables, texts):
            yield f"the value of {name} stands elsewhere in it too, and a manifest would show it"

    def _not_as_live(self, stage: Path, known: list[str]) -> Iterator[str]:
        """What loading says is wrong with what is staged; if nothing is, what its plan would change."""
        # Where the variables are set as they are live, nothing may differ.
        environment = {**self.workspace.environment, **self._secrets()}
        as_live = replace(self.workspace, environment=environment)
        try:
            planned = planning.plan(as_live, self.target, PlanRequest((stage,)), self.say)
        except InvalidManifests as error:
            errors = (finding for finding in error.findings if finding.severity is Severity.ERROR)
            yield from (". ".join(filter(None, (finding.what, finding.advice))) for finding in errors)
            return
        if known:
            return
        for item in planned.plan.deployments:
            if item.name == self.name:
                yield from self._changed(item)
            else:
                yield f"a manifest lies among its models, of a deployment {item.name}: leave --download out"

    def _changed(self, item: DeploymentPlan) -> Iterator[str]:
        if item.ocid not in ("", self.live.ocid):
            yield f"a deployment of ours has the name {self.name}, {item.ocid}: choose another with --as"
            return
        if item.action is Action.BLOCKED:
            yield from (refusal.reason for refusal in item.refusals)
        renamed = {"metadata.name"} if self.name != self.live.display_name else set()
        for change in item.changes:
            if change.field not in MARKS_FIELDS | renamed:
                yield f"{change.field} would not stay as it is: no manifest can say what is live there"

    def _download(self, stage: Path) -> Downloaded:
        folder = stage / MODELS / self.name
        hashes = self.workspace.hashes
        return download_models(self.reached, self.live.model_id or "", folder, stage, hashes, self.say)
