"""Live values that a plan does not hold, filled in when a write is sent: those of the deployment as it was
when the run began to change it.
"""

from dataclasses import replace
from functools import reduce
from typing import Protocol, TypeVar

from reconciler.core.model.configuration import Configuration, Secret
from reconciler.core.model.errors import StalePlan
from reconciler.core.model.live import Live
from reconciler.core.planning.diff.fields import LIVE, row_at
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.steps import CreateDeployment, UpdateDeployment

W = TypeVar("W", bound=UpdateDeployment | CreateDeployment)


class KeepsLiveValues(Protocol):
    """What a deployment is to be after a write; the fields at the paths `from_live` are as they were."""

    @property
    def configuration(self) -> Configuration: ...

    @property
    def from_live(self) -> tuple[str, ...]: ...


def with_live_values(written: KeepsLiveValues, before: Live | None) -> Configuration:
    """The configuration that is sent, and has to be read back. What keeps its live value has that of
    `before`: of when the run began to write, not of when it was planned. Raises StalePlan where that is not
    known: nothing is ever sent in its place.
    """
    live = before.configuration if before else None
    if written.from_live and live is None:
        raise StalePlan(
            f"what {written.from_live[0]} was is in no plan, and the deployment cannot be read any more. "
            "Plan again"
        )
    configuration = written.configuration if live is None else _with_texts(written, live)
    return _with_live_variables(configuration, live)


def to_send(step: UpdateDeployment, before: Live | None) -> Configuration:
    """The configuration that an update sends: without variables when it does not change the container."""
    configuration = with_live_values(step, before)
    if OptionGroup.CONTAINER in step.option_groups or step.configuration.container.environment is not None:
        return configuration
    return replace(configuration, container=replace(configuration.container, environment=None))


def with_live_texts(write: W, live: Live) -> W:
    """The write with the texts that it takes from what is live, for whoever judges what it would change. Its
    variables stay as the plan has them.
    """
    if live.configuration is None or not write.from_live:
        return write
    return replace(write, configuration=_with_texts(write, live.configuration), from_live=())


def _with_texts(written: KeepsLiveValues, live: Configuration) -> Configuration:
    rows = [row for path in written.from_live if (row := row_at(path))]
    return reduce(lambda into, row: row.put(into, live), rows, written.configuration)


def _with_live_variables(configuration: Configuration, live: Configuration | None) -> Configuration:
    container, there = configuration.container, dict(_variables(live))
    if container.environment is not None:
        environment = tuple(
            (key, Secret(LIVE, there.get(key, value.value)))
            if isinstance(value, Secret) and value.reference == LIVE
            else (key, value)
            for key, value in container.environment
        )
    elif live is not None:
        environment = tuple((key, Secret(LIVE, value)) for key, value in there.items())
    else:
        return configuration
    return replace(configuration, container=replace(container, environment=environment))


def _variables(live: Configuration | None) -> tuple[tuple[str, str], ...]:
    """The variables of a deployment, which may be secrets, in the clear."""
    variables = (live.container.environment or ()) if live else ()
    return tuple((key, value.revealed() if isinstance(value, Secret) else value) for key, value in variables)
