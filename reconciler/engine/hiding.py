"""Keeps secrets out of what a run tells: a server's own words may repeat them.

It must not know where events go; it only takes the values of secrets out of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.core.errors import ReconcilerError
from reconciler.core.events import (
    DeploymentFailed,
    DeploymentLeftOut,
    Event,
    RollbackStarted,
    StepFinished,
    StepProgress,
)
from reconciler.core.fields import MASK
from reconciler.core.live import Live
from reconciler.core.plan import CreateDeployment, DeploymentPlan, Step, UpdateDeployment
from reconciler.core.values import CONTAINER_TYPE, secrets_in

SHORTEST = 4
"""Characters of a secret that is looked for; shorter ones are in every text by chance."""


@dataclass(frozen=True, slots=True)
class Hiding:
    """What is shown in place of each value."""

    shown: Mapping[str, str]

    @classmethod
    def of(cls, plan: DeploymentPlan) -> "Hiding":
        """The secrets that a deployment's plan carries."""
        found = {secret.value: str(secret) for secret in secrets_in(plan) if len(secret.value) >= SHORTEST}
        return cls(dict(sorted(found.items(), key=lambda item: -len(item[0]))))

    def and_of(self, live: Live | None, plan: DeploymentPlan) -> "Hiding":
        """Also what is live in variables that the plan does not show in the clear: it may be a secret of a
        manifest that is gone.
        """
        known = live and live.configuration and live.configuration.container.environment
        clear = {value for step in plan.steps for value in _in_the_clear(step)}
        found = {
            value: MASK
            for key, value in known or ()
            if isinstance(value, str)
            and len(value) >= SHORTEST
            and value not in clear
            and key != CONTAINER_TYPE
        }
        return Hiding({**found, **self.shown}) if found else self

    def text(self, text: str) -> str:
        """A text without the values."""
        for value, shown in self.shown.items():
            text = text.replace(value, shown)
        return text

    def event(self, event: Event) -> Event:
        """An event without the values."""
        match event:
            case StepProgress():
                return replace(event, message=self.text(event.message))
            case StepFinished():
                return replace(event, note=self.text(event.note))
            case DeploymentLeftOut() | RollbackStarted():
                return replace(event, reason=self.text(event.reason))
            case DeploymentFailed():
                return replace(event, error=self.error(event.error))
            case _:
                return event

    def error(self, error: ReconcilerError) -> ReconcilerError:
        """An error of the same type that says the same, without the values."""
        told = str(error)
        hidden = self.text(told)
        if hidden == told:
            return error
        copy = error.__class__.__new__(error.__class__)
        Exception.__init__(copy, hidden)
        return copy


def _in_the_clear(step: Step) -> Iterator[str]:
    """The values of variables that a manifest shows."""
    if isinstance(step, CreateDeployment | UpdateDeployment):
        for _, value in step.configuration.container.environment or ():
            if isinstance(value, str):
                yield value
