"""Signs in to OCI, in each of the ways that a target may name (docs/service.md §6).

The result is the SDK's config and a signer. Nothing is stored, and no secret is ever part of a message.
"""

import configparser
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias, assert_never

import oci
from oci.auth import signers
from oci.auth.security_token_container import SecurityTokenContainer

from reconciler.adapters.sdk import Sdk
from reconciler.adapters.signing.github_oidc import github_signer
from reconciler.adapters.signing.signer_errors import explaining_signer
from reconciler.core.model.errors import SetupError, quoting
from reconciler.core.model.target import Auth, OciTarget

SignedIn: TypeAlias = tuple[dict[str, Any], Sdk]
"""The SDK's config and a signer: what every client of the SDK takes."""

CONFIG_FILE = "OCI_CONFIG_FILE"


def sign_in(target: OciTarget) -> SignedIn:
    """The SDK's config and a signer for this target.

    Raises SetupError when something is missing; it says what, and how to get it. When the signer cannot sign
    later, it raises NotAllowed or Transient.
    """
    config, signer = _sign_in(target)
    return config, explaining_signer(signer)


def _sign_in(target: OciTarget) -> SignedIn:
    match target.auth:
        case Auth.API_KEY:
            return _with_api_key(read_config(target.profile), target)
        case Auth.SESSION:
            return _with_session(read_config(target.profile), target)
        case Auth.INSTANCE_PRINCIPAL:
            advice = "it works only on a compute instance of OCI that a dynamic group names"
            return _with_principal(target, signers.InstancePrincipalsSecurityTokenSigner, advice)
        case Auth.RESOURCE_PRINCIPAL:
            advice = "it works only inside a resource of OCI, such as a job or a function"
            return _with_principal(target, signers.get_resource_principals_signer, advice)
        case Auth.WORKLOAD_IDENTITY:
            advice = "it works only in a pod of an enhanced OKE cluster"
            make = signers.get_oke_workload_identity_resource_principal_signer
            return _with_principal(target, make, advice)
        case Auth.GITHUB_OIDC:
            return {"region": target.region}, github_signer(target.region)
        case _:
            assert_never(target.auth)


def read_config(profile: str, path: str | None = None) -> dict[str, Any]:
    """A profile of the OCI config file: `path`, else OCI_CONFIG_FILE, else ~/.oci/config."""
    place = path or os.environ.get(CONFIG_FILE) or oci.config.DEFAULT_LOCATION
    try:
        return dict(oci.config.from_file(place, profile))
    except configparser.Error as error:
        # Its message quotes the line, which may be a password; and so would whatever shows its cause.
        raise SetupError(f"{place}{_damage(error)}") from None
    except (oci.exceptions.ClientError, ValueError) as error:
        raise SetupError(
            f"profile {profile} of {place}: {error}\n    make one with: oci setup config"
        ) from error


def _damage(error: configparser.Error) -> str:
    """Where a config file is damaged, how, and what to do; nothing that is in it."""
    match error:
        case configparser.MissingSectionHeaderError(lineno=line):
            what = "a setting stands before any [PROFILE]"
        case configparser.DuplicateSectionError(lineno=line):
            what = "a profile is there twice"
        case configparser.DuplicateOptionError(lineno=line):
            what = "a key is there twice in one profile"
        case configparser.ParsingError(errors=[(line, _), *_]):
            what = "a line is neither [PROFILE] nor key=value"
        case _:
            line, what = None, "it cannot be read"
    place = f":{line}" if line else ""
    return f"{place}: no OCI config file: {what}\n    mend it, or make one with: oci setup config"


def api_key_signer(config: Mapping[str, Any], where: str) -> Sdk:
    """A signer for the API key that a config names."""
    missing = [key for key in ("tenancy", "user", "fingerprint", "key_file") if not config.get(key)]
    if missing:
        raise SetupError(
            f"{where} lacks {', '.join(missing)}: make an API key with `oci setup config`, "
            "or set the target's auth to the way you sign in"
        )
    with _key_trouble(where, config):
        return oci.signer.Signer(
            tenancy=config["tenancy"],
            user=config["user"],
            fingerprint=config["fingerprint"],
            private_key_file_location=config["key_file"],
            pass_phrase=config.get("pass_phrase"),
        )


@contextmanager
def _key_trouble(where: str, config: Mapping[str, Any]) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, TypeError, oci.exceptions.ClientError) as error:
        raise SetupError(f"{where}: the key in {config['key_file']} cannot be used: {error}") from error


def _with_api_key(config: dict[str, Any], target: OciTarget) -> SignedIn:
    signer = api_key_signer(config, f"profile {target.profile} of the OCI config file")
    return {**config, "region": target.region}, signer


def _with_session(config: dict[str, Any], target: OciTarget) -> SignedIn:
    where = f"profile {target.profile} of the OCI config file"
    again = (
        f"sign in again with: oci session authenticate --profile-name {target.profile} "
        f"--region {target.region}"
    )
    missing = [key for key in ("security_token_file", "key_file") if not config.get(key)]
    if missing:
        raise SetupError(f"{where} lacks {', '.join(missing)}: {again}")
    token = _read_token(Path(config["security_token_file"]).expanduser(), again)
    with _key_trouble(where, config):
        key = oci.signer.load_private_key_from_file(config["key_file"], config.get("pass_phrase"))
    return {**config, "region": target.region}, signers.SecurityTokenSigner(token, key)


def _read_token(path: Path, again: str) -> str:
    try:
        token = path.read_text().strip()
    except OSError as error:
        raise SetupError(f"{path}: {error.strerror}: {again}") from error
    try:
        valid = SecurityTokenContainer(None, token).valid()
    except Exception as error:
        raise SetupError(f"{path} holds no session token: {again}") from error
    if not valid:
        raise SetupError(f"the session in {path} has expired: {again}")
    return token


def _with_principal(target: OciTarget, make: Callable[[], Sdk], advice: str) -> SignedIn:
    """Principals find all they need on the machine where they run; without it they raise errors of many
    kinds.
    """
    try:
        signer = make()
    except Exception as error:
        failure = SetupError(f"target {target.name}: cannot sign in by {target.auth}: {error}\n    {advice}")
        raise quoting(failure, error) from error
    return {"region": target.region}, signer
