"""The cloud in memory over virtual time: work takes seconds, and fails where its content or the weather
says so.

It knows nothing of who calls; that is the port's business (`chaos.port`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from reconciler.core.model.artifact import ModelGroupMember, model_group_of
from reconciler.core.model.configuration import Configuration
from reconciler.core.model.errors import Trouble
from reconciler.core.model.live import Live, State
from reconciler.core.model.served.structure import Structure
from reconciler.core.model.work_requests import Accepted
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.steps import UpdateDeployment
from tests.chaos.manifests import CONTENTS, artifact
from tests.support.memory import MemoryCloud, Work
from tests.support.served import structure_of

BOOTSTRAP = "Errors occurred while bootstrapping the Model Deployment."
CAPACITY = "There is currently no capacity for the specified shape. Choose a different shape or region"
CONTENT_OF = {artifact(name).digest: name for name in CONTENTS}
CONTENT_OF |= {model_group_of([ModelGroupMember("m", artifact(name))]).digest: name for name in CONTENTS}


@dataclass
class ChaosCloud(MemoryCloud):
    """`now` is the virtual time, `span` how long the next work takes, `doom` why it fails (empty: it does
    not).
    """

    now: Callable[[], float] = lambda: 0.0
    span: Callable[[], float] = lambda: 1.0
    doom: str = ""
    due: dict[str, float] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    """Work requests that have failed, in order."""

    # -- work takes time

    def _work(self, deployment: str, ends_in: State, failed: bool = False) -> str:
        ocid = super()._work(deployment, ends_in, failed)
        self.due[ocid] = self.now() + self.span()
        return ocid

    def _advance(self) -> None:
        """Work ends when its time has come, however often one looks."""
        over = sorted((due, ocid) for ocid, due in self.due.items() if due <= self.now())
        for _, ocid in over:
            del self.due[ocid]
            work: Work = self.works[ocid]
            work.reads_left = 0
            details = self.reasons.get(ocid, "") if work.failed else ""
            self._set(work.deployment, state=work.ends_in, details=details)
            if work.failed:
                self.failures.append(ocid)

    tick = _advance

    def hurry(self, deployment: str) -> None:
        """The work on this deployment is over now."""
        self.due |= {ocid: self.now() for ocid in self.due if self.works[ocid].deployment == deployment}
        self.tick()

    # -- and may fail

    def _fail(
        self, accepted: Accepted, before: Live | None, ends_in: State, reason: str, sent: Configuration | None
    ) -> None:
        """What was there before serves on, as it was. The server's log repeats the variables that it got."""
        work: Work = self.works[accepted.work_request]
        work.failed, work.ends_in = True, ends_in
        self.reasons[work.ocid] = reason
        self.logs[work.ocid] = f"started with {repeated(sent)}"
        if before is not None:
            self._set(
                accepted.ocid,
                configuration=before.configuration,
                model_id=before.model_id,
                marks=before.marks,
                display_name=before.display_name,
            )

    def _reason(self, model: str | None) -> str:
        return self.doom or (BOOTSTRAP if self.content(model) == "broken" else "")

    def create_deployment(self, configuration: Any, model: str, marks: Any, token: str) -> Accepted:
        known = token in self.tokens
        accepted = super().create_deployment(configuration, model, marks, token)
        if not known and (reason := self._reason(model)):
            self._fail(accepted, None, State.FAILED, reason, configuration)
        return accepted

    def update_deployment(self, update: UpdateDeployment, model: str, etag: str) -> Accepted:
        before, groups = self.deployments.get(update.ocid), set(update.option_groups)
        accepted = super().update_deployment(update, model, etag)
        assert before is not None
        starts = before.state is not State.INACTIVE and groups - {OptionGroup.METADATA, OptionGroup.LOGS}
        new = model != before.model_id
        if starts and (reason := self.doom or (self._reason(model) if new else "")):
            self._fail(accepted, before, State.NEEDS_ATTENTION, reason, update.configuration)
        return accepted

    def activate_deployment(self, ocid: str, etag: str) -> Accepted:
        accepted = super().activate_deployment(ocid, etag)
        if reason := self._reason(self.deployments[ocid].model_id):
            self._fail(accepted, None, State.FAILED, reason, self.deployments[ocid].configuration)
        return accepted

    def trouble(self, work_request: str) -> Trouble:
        reason = self.reasons.get(work_request, "")
        return Trouble(work_request, (reason,), (self.logs.get(work_request, ""),))

    # -- what it knows of contents

    def content(self, model: str | None) -> str:
        """The name of the content that this catalog model or group holds."""
        found = self.models.get(model or "")
        return CONTENT_OF.get(found.artifact or "", "") if found else ""

    def served(self, live: Live) -> Structure | None:
        """What a deployment serves, as somebody finds out who reads what it runs."""
        name = self.content(live.model_id)
        return structure_of(artifact(name)) if name else None


def repeated(sent: Configuration | None) -> str:
    """The variables as a server would repeat them: in the clear."""
    variables = (sent.container.environment or ()) if sent else ()
    return ", ".join(f"{key}={getattr(value, 'value', value)}" for key, value in variables)
