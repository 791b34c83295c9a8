"""The credentials that Docker keeps for a registry: in its config file, or with a credential helper.

They are read anew for each registry, handed on, and never part of a message.
"""

import shutil
from dataclasses import dataclass, field

from reconciler.adapters.registry.transport import NotSaid

DOCKER_LOGIN = "docker login"


@dataclass(frozen=True, slots=True)
class Login:
    """A user name and a password, or a token in its place."""

    user: str
    password: str = field(repr=False)


def docker_login(host: str) -> Login | None:
    """What Docker has kept for a registry by `docker login`; None when there is nothing. Raises NotSaid when
    what there is cannot be used.
    """
    import docker.auth
    import docker.errors

    try:
        kept_here = docker.auth.load_config()
        helper = kept_here.get_credential_store(host)
        if helper and shutil.which(f"docker-credential-{helper}") is None:
            raise NotSaid(
                f"Docker keeps the credentials for {host} with docker-credential-{helper}, which is not "
                f"installed here: install it, or sign in anew with {DOCKER_LOGIN} {host}"
            )
        found = docker.auth.resolve_authconfig(kept_here, host)
    except (docker.errors.DockerException, ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        # What these say may quote the file, or what a helper printed.
        raise NotSaid(
            f"Docker's credentials for {host} cannot be read ({type(error).__name__}): "
            f"sign in anew with {DOCKER_LOGIN} {host}"
        ) from None
    if not found:
        return None
    # Files and helpers spell the names differently.
    kept = {str(name).lower(): value for name, value in found.items()}
    if kept.get("identitytoken"):
        raise NotSaid(
            f"Docker keeps an identity token for {host}, which is not used here: "
            f"sign in with a user and a password, or an access token, by {DOCKER_LOGIN} {host}"
        )
    user, password = kept.get("username"), kept.get("password")
    return Login(str(user), str(password)) if user and password else None
