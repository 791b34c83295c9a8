"""Where one deployment stands while its chain is carried out: what was read of it last, and what of the plan
that is.

It reads, and never writes.
"""

from dataclasses import dataclass, replace

from reconciler.core.model.configuration import Configuration, Secret
from reconciler.core.model.errors import NotFound
from reconciler.core.model.live import GONE, Live
from reconciler.core.planning.diff.fields import LIVE
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.plan import DeploymentPlan
from reconciler.core.planning.steps import KeepModel, UpdateDeployment
from reconciler.core.planning.transition.milestones import (
    Milestone,
    WrittenContent,
    foreign_tags,
    is_as_seen,
    milestones,
    same_content,
    unlike,
)
from reconciler.engine.catalog import RunCatalog
from reconciler.engine.ports import Cloud
from reconciler.engine.retry import Caller


class Moved(Exception):
    """The deployment is not where the chain left it. Whose doing that is has to be found out."""


@dataclass(slots=True)
class Standing:
    """`etag` and `last` are those of the last state that was read and found right, `done` the index of the
    write that led to it (-1: the start), `before` what there was when the chain began to change it.
    """

    plan: DeploymentPlan
    cloud: Cloud
    call: Caller
    catalog: RunCatalog
    ocid: str = ""
    etag: str = ""
    last: Live | None = None
    before: Live | None = None
    done: int = -1

    async def look(self) -> tuple[Live, str] | None:
        """The deployment and its etag now; None when it is gone."""
        try:
            live, etag = await self.call(self.cloud.get_deployment, self.ocid)
        except NotFound:
            return None
        return None if live.state in GONE else (live, etag)

    async def know_variables(self) -> None:
        """What the service says of a failure may repeat them, and then they are not shown."""
        if self.before is None and self.ocid and (found := await self.look()):
            self.before = found[0]

    async def begin(self) -> None:
        """Before the first write: it must be what the plan saw, and not yet what the plan makes of it. Raises
        Moved when it is not. What was seen has no values of variables, which another run may have set.
        """
        if self.etag or self.plan.seen is None:
            return
        found = await self.look()
        if found is None:
            raise Moved("it is gone")
        live, etag = found
        if live.fingerprint != self.plan.seen.fingerprint:
            raise Moved("it is not what the plan saw any more")
        if await self.place(live) not in (None, self.done):
            raise Moved("another run of this plan is further")
        self.take(live, etag)

    def take(self, live: Live, etag: str, done: int = -1) -> None:
        """This is where it stands now, and that is right."""
        self.last, self.etag, self.done = live, etag, done
        self.before = self.before or live

    async def place(self, live: Live) -> int | None:
        """The index of the last write that this is the outcome of, -1 for the start; None when it is none of
        them, because somebody else has changed it.
        """
        for milestone in reversed(milestones(self.plan)):
            if milestone.step >= self.done and await self._is_at(milestone, live):
                return milestone.step
        return None

    async def _is_at(self, milestone: Milestone, live: Live) -> bool:
        if milestone.step == self.done and self.last is not None:
            return live.state is self.last.state and same_content(self.last, live)
        if milestone.asked is None:
            seen = self.plan.seen
            own = self.before is None or same_content(self.before, live)
            return bool(seen and own and is_as_seen(live, seen.fingerprint, milestone.state))
        if live.state is not milestone.state or live.marks != milestone.asked.marks:
            return False
        asked = self.as_asked(milestone.asked.configuration)
        if self.unasked(live, asked) or unlike(live, asked, live.model_id or ""):
            return False
        return await self._runs(milestone.asked, live)

    def unasked(self, live: Live, asked: Configuration) -> list[str]:
        """What somebody has added that the next update would take away again."""
        tags = foreign_tags(live, self.last, asked) if self.last is not None else ()
        return [f"the defined tag {key} was added" for key in tags]

    async def _runs(self, asked: WrittenContent, live: Live) -> bool:
        if isinstance(asked.model, KeepModel):
            return live.model_id == asked.model.ocid
        return await self.catalog.content(live.model_id or "") == asked.model.digest

    # -- variables, whose live values are in no plan

    def as_asked(self, configuration: Configuration) -> Configuration:
        """What is sent, and has to be read back. Variables that are to stay as they are live are taken as
        they were when the run began to write, not when it was planned.
        """
        container = configuration.container
        if container.environment is None:
            return self._with_variables(configuration) if self.before else configuration
        had = dict(self._had())
        kept = tuple(
            (key, Secret(LIVE, had.get(key, value.value)))
            if isinstance(value, Secret) and value.reference == LIVE
            else (key, value)
            for key, value in container.environment
        )
        return replace(configuration, container=replace(container, environment=kept))

    def to_send(self, step: UpdateDeployment) -> Configuration:
        """The configuration of an update; a container that it does not change goes without variables."""
        if OptionGroup.CONTAINER in step.groups or step.configuration.container.environment is not None:
            return self.as_asked(step.configuration)
        return step.configuration

    def _with_variables(self, configuration: Configuration) -> Configuration:
        kept = tuple((key, Secret(LIVE, value)) for key, value in self._had())
        return replace(configuration, container=replace(configuration.container, environment=kept))

    def _had(self) -> tuple[tuple[str, str], ...]:
        """The variables of before. They may be secrets, so they are passed on as such."""
        known = self.before and self.before.configuration
        variables = (known.container.environment or ()) if known else ()
        return tuple(
            (key, value.revealed() if isinstance(value, Secret) else value) for key, value in variables
        )
