"""Environment variables whose live values are in no plan: they are filled in when a write is sent.

Pure.
"""

from dataclasses import replace

from reconciler.core.model.configuration import Configuration, Secret
from reconciler.core.model.live import Live
from reconciler.core.planning.diff.fields import LIVE
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.steps import UpdateDeployment


def with_live_variables(configuration: Configuration, before: Live | None) -> Configuration:
    """The configuration that is sent, and has to be read back. Variables that keep their live values have
    those of `before`: of when the run began to write, not of when it was planned.
    """
    container, live = configuration.container, dict(_variables(before))
    if container.environment is not None:
        environment = tuple(
            (key, Secret(LIVE, live.get(key, value.value)))
            if isinstance(value, Secret) and value.reference == LIVE
            else (key, value)
            for key, value in container.environment
        )
    elif before is not None:
        environment = tuple((key, Secret(LIVE, value)) for key, value in live.items())
    else:
        return configuration
    return replace(configuration, container=replace(container, environment=environment))


def to_send(step: UpdateDeployment, before: Live | None) -> Configuration:
    """The configuration that an update sends: without variables when it does not change the container."""
    if OptionGroup.CONTAINER in step.option_groups or step.configuration.container.environment is not None:
        return with_live_variables(step.configuration, before)
    return step.configuration


def _variables(live: Live | None) -> tuple[tuple[str, str], ...]:
    """The variables of a deployment, which may be secrets, in the clear."""
    configuration = live.configuration if live else None
    variables = (configuration.container.environment or ()) if configuration else ()
    return tuple((key, value.revealed() if isinstance(value, Secret) else value) for key, value in variables)
