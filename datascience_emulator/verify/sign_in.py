"""Which cloud a run asks, and how it signs in: a profile of an OCI config file, with an API key or a session.

`oci` is imported here alone, when it is needed. No secret is ever part of a message.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from datascience_emulator.verify.service import Addresses, SignedHttp
from datascience_emulator.verify.stopping import Stop

CONFIG_FILE = Path("~/.oci/config")
_REGION = re.compile(r"[a-z]{2,}(-[a-z0-9]+)+")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class CannotSignIn(Exception):
    """Something is missing or wrong; the message says what, and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """`endpoint`: of a local cloud, the address of every service; None for OCI. `secret`: what a report must
    not show. `session`: whether it signs in with a session token.
    """

    region: str
    endpoint: str | None
    signer: Any
    secret: tuple[str, ...]
    session: bool


def sign_in(config_file: Path, profile: str, region: str | None, endpoint: str | None) -> Account:
    """Raises CannotSignIn."""
    config = _config(config_file, profile)
    region = region or config.get("region")
    if not isinstance(region, str) or not _REGION.fullmatch(region):
        raise CannotSignIn(
            f"{config_file}: the profile {profile} names no region; give one, as --region us-ashburn-1"
        )
    secret = tuple(str(config[name]) for name in ("tenancy", "user", "fingerprint") if config.get(name))
    session = bool(config.get("security_token_file"))
    return Account(region, _checked(endpoint), _signer(config_file, profile, config), secret, session)


class SessionSigner:
    """Signs with the session token of a file, and with the new one once somebody has renewed it: a run may
    take longer than a token lasts.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Raises what reading key and token raises."""
        self._config, self._token = dict(config), ""
        self._renew()

    def __call__(self, request: Any, enforce_content_headers: bool = True) -> Any:
        with suppress(Exception):  # in the middle of being written
            self._renew()
        return self._signer(request, enforce_content_headers)

    @property
    def without_content_headers(self) -> Any:
        return partial(self, enforce_content_headers=False)

    def _renew(self) -> None:
        import oci

        token = Path(self._config["security_token_file"]).expanduser().read_text().strip()
        if token != self._token:
            key_file = str(Path(self._config["key_file"]).expanduser())
            key = oci.signer.load_private_key_from_file(key_file, self._config.get("pass_phrase"))
            self._signer, self._token = oci.auth.signers.SecurityTokenSigner(token, key), token


def connect(account: Account, stop: Stop) -> SignedHttp:
    return SignedHttp(_addresses(account), account.signer, stop)


def _config(config_file: Path, profile: str) -> dict[str, Any]:
    import oci

    path = config_file.expanduser()
    if not path.is_file():
        raise CannotSignIn(f"{config_file}: there is no such file; name one with --config-file")
    try:
        return dict(oci.config.from_file(str(path), profile))
    except oci.exceptions.ProfileNotFound as error:
        raise CannotSignIn(
            f"{config_file}: it has no profile {profile!r}; --target names one, or local"
        ) from error
    except Exception as error:
        raise CannotSignIn(f"{config_file}: it cannot be read ({type(error).__name__})") from error


def _signer(config_file: Path, profile: str, config: dict[str, Any]) -> Any:
    import oci

    where = f"{config_file}: the profile {profile}"
    try:
        if config.get("security_token_file"):
            return SessionSigner(config)
        oci.config.validate_config(config)
        return oci.signer.Signer(
            config["tenancy"],
            config["user"],
            config["fingerprint"],
            config.get("key_file"),
            config.get("pass_phrase"),
            config.get("key_content"),
        )
    except oci.exceptions.InvalidConfig as error:
        missing = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
        raise CannotSignIn(
            f"{where} lacks, or has wrong: {', '.join(sorted(missing)) or 'a field'}"
        ) from error
    except Exception as error:
        raise CannotSignIn(
            f"{where} has no key or token that can be read ({type(error).__name__})"
        ) from error


def _checked(endpoint: str | None) -> str | None:
    if endpoint is None:
        return None
    address = urlsplit(endpoint)
    plain = address.scheme == "http" and address.hostname in _LOOPBACK
    if not address.hostname or not (plain or address.scheme == "https") or address.path.strip("/"):
        raise CannotSignIn(f"--endpoint {endpoint}: it has to be https://HOST, or http:// of this machine")
    return endpoint.rstrip("/")


def _addresses(account: Account) -> Addresses:
    if account.endpoint is not None:
        return Addresses(account.endpoint, account.endpoint)
    import oci

    def of(service: str, template: str) -> str:
        url = oci.regions.endpoint_for(service, region=account.region, service_endpoint_template=template)
        return str(url).rstrip("/")

    return Addresses(
        of("data_science", "https://datascience.{region}.oci.{secondLevelDomain}"),
        of("object_storage", "https://objectstorage.{region}.{secondLevelDomain}"),
    )
