"""Containers of a user's own image, from the SDK's classes to ours and back. Pure.

Secrets are revealed to the service here.
"""

from dataclasses import replace
from typing import Any

from oci.data_science import models

from reconciler.adapters.sdk import Sdk
from reconciler.core.model.configuration import Container, Secret, Variable

DEFAULT_PORT = 8080
"""The port of a container that names none (docs/service.md §4.1)."""


def container_of(environment: Sdk) -> Container:
    """A container; `image:tag@digest` is taken apart, because the two are compared one by one."""
    image, _, pinned = (environment.image or "").partition("@")
    variables = environment.environment_variables or {}
    return Container(
        image=image,
        digest=environment.image_digest or pinned or None,
        command=tuple(environment.cmd or ()),
        entrypoint=tuple(environment.entrypoint or ()),
        port=environment.server_port or DEFAULT_PORT,
        # Unverified: health is asked where the server is (docs/service.md §4.1).
        health_port=environment.health_check_port or environment.server_port or DEFAULT_PORT,
        environment=tuple(sorted(variables.items())),
    )


def new_environment(container: Container) -> Sdk:
    """The environment of a new deployment."""
    fields = {key: value for key, value in _container(container).items() if value}
    variables = _variables(container.environment)
    kind = models.OcirModelDeploymentEnvironmentConfigurationDetails
    return kind(**fields, environment_variables=variables)


def changed_environment(container: Container, old: Sdk) -> Sdk:
    """The environment of an update; `old` is the live one, with what we do not model. Variables of None, and
    a digest of None while the image stays, are the live ones.

    Empty values are sent too: it is not known whether leaving them out would keep the old ones
    (docs/service.md §3.4).
    """
    kind = models.UpdateOcirModelDeploymentEnvironmentConfigurationDetails
    live = container_of(old)
    if container.digest is None and container.image == live.image:
        container = replace(container, digest=live.digest)
    if container.environment is None:
        container = replace(container, environment=live.environment)
    variables = _variables(container.environment)
    extras = _extras(container, live, old)
    if replace(container, environment=live.environment) == live and variables == dict(live.environment or ()):
        kept = {name: getattr(old, name) for name in _container(container)}
        return kind(**kept, **extras, environment_variables=old.environment_variables)
    return kind(**_container(container), **extras, environment_variables=variables)


def _extras(container: Container, live: Container, old: Sdk) -> dict[str, Any]:
    """What no manifest can say; a signature belongs to one image."""
    same = (container.image, container.digest) == (live.image, live.digest)
    return {
        "predict_api_specification": old.predict_api_specification,
        "custom_http_endpoints": old.custom_http_endpoints,
        "image_signature_id": old.image_signature_id if same else None,
    }


def _reference(container: Container) -> str:
    """The image's name; one without a tag is named by its digest."""
    tagged = ":" in container.image.rpartition("/")[2]
    return container.image if tagged or not container.digest else f"{container.image}@{container.digest}"


def _container(container: Container) -> dict[str, Any]:
    """An empty digest makes the service look the tag up (docs/service.md §1.6, image)."""
    return {
        "image": _reference(container),
        "image_digest": container.digest or "",
        "cmd": list(container.command),
        "entrypoint": list(container.entrypoint),
        "server_port": container.port,
        "health_check_port": container.health_port,
    }


def _variables(variables: tuple[Variable, ...] | None) -> dict[str, str]:
    return {key: value.revealed() if isinstance(value, Secret) else value for key, value in variables or ()}
