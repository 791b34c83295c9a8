"""Which variables of a live deployment a manifest may show, and from where it takes the others.

A value may be a secret, whatever its name: only what is known to be a switch is written down.
"""

import re
from collections.abc import Iterable, Iterator

from reconciler.core.model.configuration import CONTAINER_TYPE, Secret, Variable
from reconciler.core.planning.environment_secrets import is_the_runners
from reconciler.core.privacy.credential_patterns import is_credential, looks_secret

SWITCHES = frozenset(
    {
        "WEB_CONCURRENCY",
        "STORAGE_SIZE_IN_GB",
        "SHM_SIZE",
        "DEPLOYMENT_TIMEOUT_IN_MINUTES",
        "MODEL_DEPLOY_PREDICT_ENDPOINT",
        "MODEL_DEPLOY_HEALTH_ENDPOINT",
        "MODEL_DEPLOY_CUSTOM_ENDPOINTS",
        "MODEL_DEPLOY_ENABLE_STREAMING",
        "TRITON_SERVER_CPU_ONLY",
        "TRITON_AWS_MOUNT_DIRECTORY",
        "TRITON_CLOUD_CREDENTIAL_PATH",
    }
)
"""Variables that the service (docs/service.md §4.1) or Triton reads, and that hold no secret."""

OF_EVERY_MACHINE = frozenset(
    {
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "LANG", "LC_ALL", "TZ", "TERM", "TMPDIR",
        "HOSTNAME", "LD_LIBRARY_PATH", "LD_PRELOAD", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CI",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
    }
)  # fmt: skip
"""Variables that are set on machines where plans are made, for other ends: the deployment's go by another
name there.
"""


def written_variables(variables: Iterable[Variable], deployment: str) -> dict[str, str | Secret]:
    """The variables as a manifest has them: switches as they are, all others as references."""
    return dict(_written(variables, deployment))


def _written(variables: Iterable[Variable], deployment: str) -> Iterator[tuple[str, str | Secret]]:
    for name, value in variables:
        if name == CONTAINER_TYPE:
            continue
        text = value.value or "" if isinstance(value, Secret) else value
        shown = not text or (name in SWITCHES and not is_credential(text))
        yield name, text if shown else Secret(Secret.of(_name_here(name, deployment)).reference, text)


def _name_here(name: str, deployment: str) -> str:
    """The variable of the environment that the value comes from. Where that name is the machine's or the
    runner's, it begins with the deployment's.
    """
    if name.upper() not in OF_EVERY_MACHINE and not is_the_runners(name):
        return name
    prefix = re.sub(r"[^A-Za-z0-9]+", "_", deployment).upper()
    return f"{prefix}_{name}" if prefix[:1].isalpha() else f"D_{prefix}_{name}"


def shown_secrets(variables: dict[str, str | Secret], texts: Iterable[str]) -> tuple[str, ...]:
    """The names of variables with a secret that stands in one of these texts too."""
    secrets = {name: value.value for name, value in variables.items() if isinstance(value, Secret)}
    likely = {
        name: text
        for name, text in secrets.items()
        if text and len(text) >= SHORTEST_SECRET and (looks_secret(name) or is_credential(text))
    }
    everything = "\n".join(texts)
    return tuple(name for name, text in likely.items() if text in everything)


SHORTEST_SECRET = 6
"""Characters: what is shorter may stand anywhere by chance."""
