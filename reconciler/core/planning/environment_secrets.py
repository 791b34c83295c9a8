"""Secrets that manifests take from the environment of whoever plans: which names they may have, and what is
known of them.

Pure: the environment is an argument.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from reconciler.core.model.configuration import Secret, Variable, secrets_in
from reconciler.core.model.errors import SetupError
from reconciler.core.model.spec import Spec
from reconciler.core.privacy.credential_patterns import looks_secret

_RUNNERS = (
    "GITHUB_", "ACTIONS_", "RUNNER_", "INPUT_", "GH_", "CI_",
    "OCI_", "SSH_", "GIT_", "DOCKER_", "KUBERNETES_", "RECONCILE_", "RECONCILER_",
)  # fmt: skip
"""What such names begin with is the runner's own, or what it signs in with: the GitHub documentation,
"Variables reference" (GITHUB_, RUNNER_), "OpenID Connect reference" (ACTIONS_ID_TOKEN_REQUEST_TOKEN);
docs/service.md §6 (OCI_).
"""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


LINES = "RECONCILER_SECRETS"
"""A variable that holds others, in lines NAME=value: a reusable workflow has to declare each secret that it
gets, and cannot know what manifests call theirs.
"""


def with_lines(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment with what RECONCILER_SECRETS says in place of variables of the same names. Raises
    SetupError for what is no such line; it shows none.
    """
    found: dict[str, str] = {}
    for number, name, equals, value in _lines(environment):
        if not equals or not _NAME.fullmatch(name):
            raise SetupError(
                f"{LINES}, line {number}: it does not begin with a name and '='\n"
                "    write one secret a line, as NAME=value; one that has several lines, in base64"
            )
        if is_the_runners(name):
            raise SetupError(
                f"{LINES}, line {number}: {name} belongs to the runner, or to signing in: rename it"
            )
        if name in found:
            raise SetupError(f"{LINES}, line {number}: {name} is there twice: remove one")
        found[name] = value
    return {**environment, **found}


def _lines(environment: Mapping[str, str]) -> Iterator[tuple[int, str, str, str]]:
    """Of each line its number, what is before the first '=', that one, and what is after it."""
    # Not splitlines(): a value may hold what only Python takes for the end of a line.
    for number, line in enumerate(environment.get(LINES, "").split("\n"), 1):
        if line.strip():
            yield number, *line.removesuffix("\r").partition("=")


def is_the_runners(name: str) -> bool:
    """Whether a variable of the environment is the runner's own, or is for signing in."""
    return name.upper().startswith(_RUNNERS)


def name_refused(name: str, allowed: Collection[str] | None) -> tuple[str, str] | None:
    """Why a manifest must not take this variable of the environment, and what to do; None when it may.
    `allowed`, if given, is the whole list of names that may be taken.
    """
    if not _NAME.fullmatch(name):
        return "it is no name of a variable", "Names have letters, digits and '_'."
    if is_the_runners(name):
        return (
            "it belongs to the runner, or to signing in",
            "Hand the secret over in a variable with a name of its own.",
        )
    if allowed is not None and name not in allowed:
        return (
            "reconciler.yaml does not have it among its `secrets`",
            f"Add {name} to `secrets` in reconciler.yaml, if deployments may know it.",
        )
    return None


def sign_in_secrets(environment: Mapping[str, str]) -> frozenset[str]:
    """What the runner itself signs in with, which no manifest can name, and what it hands over as secrets: no
    message may hold it.
    """
    own = {value for name, value in environment.items() if is_the_runners(name) and looks_secret(name)}
    own |= {value for _, _, _, value in _lines(environment)}
    return frozenset(value for value in own if len(value) >= SHORTEST_OF_THE_RUNNER)


SHORTEST_OF_THE_RUNNER = 16
"""Characters: real tokens are longer, and what is shorter is a switch or a name."""


def looked_up(secret: Secret, environment: Mapping[str, str]) -> Secret:
    """The secret with its value; without one when the variable is unset or empty, which is the same, and the
    manifest gives no default.
    """
    return replace(secret, value=environment.get(secret.name) or secret.default)


def with_secrets(spec: Spec, environment: Mapping[str, str], allowed: Collection[str] | None = None) -> Spec:
    """The spec with its secrets looked up, save those that may not be taken (`name_refused`)."""
    container = spec.configuration.container
    known = tuple(_known(variable, environment, allowed) for variable in container.environment or ())
    return replace(
        spec, configuration=replace(spec.configuration, container=replace(container, environment=known))
    )


def _known(variable: Variable, environment: Mapping[str, str], allowed: Collection[str] | None) -> Variable:
    key, value = variable
    if not isinstance(value, Secret) or name_refused(value.name, allowed):
        return variable
    return key, looked_up(value, environment)


def not_looked_at(value: object) -> tuple[str, ...]:
    """The names of the variables whose value is not known, of all secrets in any of our values."""
    return tuple(sorted({secret.name for secret in secrets_in(value) if not secret.known}))
