"""Who we are, for a registry: the token that it wants to see, or a user and a password.

OCI's registry gives tokens to whoever signs a request (SDK, `container_registry`, `get_access_token`); others
name a token service in their challenge, as Docker's token authentication says. Where tokens come from is
checked: signatures go to OCI's registry alone, and a password only to the place that its own registry names,
over TLS.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import requests.utils

from reconciler.adapters.http.bounded_answers import BadAnswer
from reconciler.adapters.http.json_text import parsed_json
from reconciler.adapters.http.unsigned import unsigned
from reconciler.adapters.http.where_to import allowed_url
from reconciler.adapters.registry.docker_credentials import DOCKER_LOGIN, Login, docker_login
from reconciler.adapters.registry.places import ImagePlace
from reconciler.adapters.registry.transport import NotSaid, RegistryAnswer, RegistryTransport
from reconciler.core.model.urls import BadUrl

OCI_TOKENS = "/20180419/docker/token"
"""Where OCI's registry gives tokens (SDK, `container_registry`)."""

OCI_USER = "BEARER_TOKEN"
"""The user whose password is such a token (OCI documentation, "Logging in with a bearer token")."""

_TOKEN = re.compile(r"[!-~]{1,65536}")
_CHALLENGE = re.compile(r"\s*(bearer|basic)\s+(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a registry wants to see (RFC 9110, section 11.6.1). An empty `realm` stands for user and password
    themselves.
    """

    realm: str
    service: str


def challenge_of(answer: RegistryAnswer) -> Challenge | None:
    """What an answer 401 asks for; None when it is nothing that is known here."""
    match = _CHALLENGE.fullmatch(answer.headers.get("www-authenticate", ""))
    if match is None:
        return None
    if match[1].lower() == "basic":
        return Challenge("", "")
    parse: Callable[[str], Mapping[str, str | None]] = requests.utils.parse_dict_header
    parts = parse(match[2])
    realm = parts.get("realm") or ""
    return Challenge(realm, parts.get("service") or "") if realm else None


@dataclass(slots=True)
class Authorizations:
    """Gets what a registry wants to see. `signer` gives the signer of the target; it is called for OCI's
    registry alone. Safe to use from many threads.
    """

    transport: RegistryTransport
    signer: Callable[[], Any] | None = None
    login: Callable[[str], Login | None] = docker_login
    _logins: dict[str, Login | None] = field(default_factory=dict)
    _tokens: set[str] = field(default_factory=set)

    @property
    def secrets(self) -> frozenset[str]:
        """All that was sent to show who we are, which no message may repeat."""
        passwords = {login.password for login in [*self._logins.values()] if login}
        return frozenset(passwords | self._tokens)

    def header(self, place: ImagePlace, origin: str, challenge: Challenge, deadline: float) -> str:
        """The header Authorization for reading this repository. Raises NotSaid when there is none to be had,
        and what the signer raises.
        """
        scope = f"repository:{place.path}:pull"
        if place.is_ocir and self.signer is not None:
            return f"Bearer {self.signed_token(origin, deadline, scope, challenge.service)}"
        login = self._login(place.host)
        if not challenge.realm:
            if login is None:
                raise NotSaid(_sign_in(place.host))
            return _basic(login)
        return f"Bearer {self._service_token(place.host, origin, challenge, scope, login, deadline)}"

    def signed_token(self, origin: str, deadline: float, scope: str = "", service: str = "") -> str:
        """A token of OCI's registry, or of the local cloud's, for what this scope names, or for all."""
        assert self.signer is not None
        params = {name: value for name, value in (("service", service), ("scope", scope)) if value}
        answer = self.transport.get(f"{origin}{OCI_TOKENS}", deadline, _JSON, self.signer(), params)
        if not answer.good:
            raise NotSaid(
                f"{_host(origin)} gives no token ({answer.status}) to whoever the target signs in as: "
                "a policy has to allow it to read repos"
            )
        return self._token_in(answer, _host(origin))

    def _service_token(
        self,
        host: str,
        origin: str,
        challenge: Challenge,
        scope: str,
        login: Login | None,
        deadline: float,
    ) -> str:
        """A token of the service that the registry names."""
        try:
            realm = allowed_url(challenge.realm, f"{origin}/")
        except BadUrl as bad:
            raise NotSaid(f"{host} sends us for a token to a URL that {bad.what}") from bad
        params = {"service": challenge.service, "scope": scope}
        headers = {**_JSON, **({"Authorization": _basic(login)} if login else {})}
        answer = self.transport.get(realm, deadline, headers, unsigned, params)
        if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            if login is None:
                raise NotSaid(_sign_in(host))
            raise NotSaid(
                f"{host} does not accept the user or the password that Docker keeps for it: "
                f"sign in anew with {DOCKER_LOGIN} {host}"
            )
        if not answer.good:
            raise NotSaid(f"{_host(realm)} gives no token for {host}: it answered {answer.status}")
        return self._token_in(answer, _host(realm))

    def _login(self, host: str) -> Login | None:
        if host not in self._logins:
            self._logins[host] = self.login(host)
        return self._logins[host]

    def _token_in(self, answer: RegistryAnswer, host: str) -> str:
        try:
            document = parsed_json(answer.body)
        except BadAnswer as bad:
            raise NotSaid(f"{host} gives no token: {bad}") from bad
        fields = document if isinstance(document, dict) else {}
        token = fields.get("token") or fields.get("access_token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise NotSaid(f"{host} answers with no token")
        self._tokens.add(token)
        return token


_JSON = {"Accept": "application/json"}


def _sign_in(host: str) -> str:
    return f"{host} wants to know who asks: sign in with {DOCKER_LOGIN} {host}"


def _basic(login: Login) -> str:
    return f"Basic {b64encode(f'{login.user}:{login.password}'.encode()).decode()}"


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]
