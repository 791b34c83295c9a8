"""The version structure of a repository that is known by its listing only: an artifact in the cloud, however
it was made.
"""

from collections.abc import Iterable, Mapping

from reconciler.core.artifact import Versions
from reconciler.core.errors import Failed
from reconciler.load.repository.fields import BadConfig
from reconciler.load.repository.policy import narrow, version_number
from reconciler.load.repository.protobuf import Config, parse_config


def versions_served(paths: Iterable[str], configs: Mapping[str, str]) -> Versions:
    """What Triton serves from an artifact with these members, given the config.pbtxt texts by model name.

    Raises Failed when a configuration cannot be read: what is served is then unknown, which is not the same
    as nothing.
    """
    found: dict[str, set[int]] = {}
    for path in paths:
        parts = path.split("/")
        number = version_number(parts[1]) if len(parts) > 2 else None
        if number is not None:
            found.setdefault(parts[0], set()).add(number)
    return frozenset(
        (name, number)
        for name, numbers in found.items()
        for number in narrow(_config(name, configs.get(name, "")).policy, numbers)
    )


def _config(name: str, text: str) -> Config:
    if not text:
        return Config()
    config = parse_config(text)
    if isinstance(config, BadConfig):
        raise Failed(
            f"{name}/config.pbtxt of a live artifact, line {config.line}: {config.what}. "
            "Which versions it serves is unknown; publish the model repository anew with `downtime: allow`"
        )
    return config
