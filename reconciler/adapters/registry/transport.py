"""Requests to registries, and to those that give tokens for them: bounded, tried again where that may help,
and led nowhere else by redirects unless the caller follows them, without what signs the request.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests

from reconciler.adapters.http.bounded_answers import (
    AnswerBounds,
    BadAnswer,
    BoundedAdapter,
    beginning_of,
    body_of,
)
from reconciler.adapters.http.retry_after import retry_after_seconds
from reconciler.adapters.http.unsigned import unsigned
from reconciler.adapters.http.where_to import allowed_url, is_this_machine, same_origin
from reconciler.core.model.temporary_causes import may_pass
from reconciler.core.model.text import cut
from reconciler.core.model.urls import BadUrl

MOST_BYTES = 4 << 20
"""Bytes of a manifest, a configuration or a token. Registries take manifests of 4 MiB at most (OCI
Distribution Specification, "Pushing Manifests").
"""

TIMEOUT = (5.0, 20.0)
"""Seconds to connect, and between two packets."""

BOUNDS = AnswerBounds(seconds=30.0, body=MOST_BYTES)
REDIRECTS = 3
LOST = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
"""Another try may bring an answer."""

LONGEST_WORDS = 300
"""Characters that are kept of what a registry says."""


class NotSaid(Exception):
    """The registry did not say what was asked for; the text is a clause that says why."""


class NoTls(NotSaid):
    """The server does not speak TLS, or none that is still spoken."""


@dataclass(frozen=True, slots=True)
class RegistryPatience:
    """So many `attempts` at one request, with `pause` seconds after the first, then twice as long each time,
    or as long as the registry asks for, and never more than `longest`. A whole look ends after `whole`.
    """

    attempts: int = 3
    pause: float = 0.5
    longest: float = 10.0
    whole: float = 90.0
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    elapsed: Callable[[], float] = time.monotonic

    def pause_after(self, attempt: int, retry_after: float | None) -> float:
        """Seconds to wait after try number `attempt`, from 1."""
        usual = self.pause * 2.0 ** (attempt - 1)
        return min(self.longest, usual if retry_after is None else max(usual, retry_after))


USUAL = RegistryPatience()


@dataclass(frozen=True, slots=True)
class RegistryAnswer:
    """Header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def good(self) -> bool:
        """Whether it is what was asked for."""
        return self.status == HTTPStatus.OK


@dataclass(slots=True)
class RegistryTransport:
    """Safe to use from many threads. A server that never answered is not asked a second time."""

    patience: RegistryPatience = USUAL
    _session: requests.Session = field(default_factory=requests.Session)
    _lost: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Nothing from ~/.netrc, and no cookies: registries need none.
        self._session.auth = unsigned
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, BoundedAdapter(BOUNDS, TIMEOUT, pool_maxsize=16))

    def deadline(self) -> float:
        """When a look that begins now has to end."""
        return self.patience.elapsed() + self.patience.whole

    def get(
        self,
        url: str,
        deadline: float,
        headers: Mapping[str, str],
        sign: Any = unsigned,
        params: Mapping[str, str] | None = None,
    ) -> RegistryAnswer:
        """The answer, whatever its status. Raises NotSaid when there is none to be believed, NoTls when the
        server speaks no TLS. `sign` puts a signature on the request.
        """
        try:
            return self._get(url, deadline, headers, sign, params)
        except BadAnswer as bad:
            raise _not_said(url, bad) from bad

    def get_elsewhere(
        self, url: str, deadline: float, headers: Mapping[str, str], accept: Mapping[str, str]
    ) -> RegistryAnswer:
        """The same, and follows redirects. Another server than the first gets the headers `accept` alone:
        its address is the permission to read there.
        """
        origin, sent = url, {**accept, **headers}
        for _ in range(REDIRECTS + 1):
            try:
                return self._get(url, deadline, sent)
            except BadAnswer as redirect:
                if not redirect.location:
                    raise _not_said(url, redirect) from redirect
                try:
                    url = allowed_url(redirect.location, url)
                except BadUrl as bad:
                    raise NotSaid(f"{_host(origin)} redirects to a URL that {bad.what}") from bad
                if not same_origin(url, origin):
                    sent = dict(accept)
        raise NotSaid(f"{_host(origin)} redirects more than {REDIRECTS} times")

    def _get(
        self,
        url: str,
        deadline: float,
        headers: Mapping[str, str],
        sign: Any = unsigned,
        params: Mapping[str, str] | None = None,
    ) -> RegistryAnswer:
        """The same as `get`, but raises BadAnswer for what is no answer."""
        if why := self._lost.get(_host(url)):
            raise NotSaid(why)
        if self.patience.elapsed() >= deadline:
            raise NotSaid(f"{_host(url)} takes too long to answer")
        attempt = 0
        while True:
            attempt += 1
            last = attempt >= self.patience.attempts or self.patience.elapsed() >= deadline
            retry_after = None
            try:
                answer = self._once(url, headers, sign, params)
                if last or not may_pass(answer.status):
                    return answer
                retry_after = retry_after_seconds(answer.headers.get("retry-after"), self.patience.now())
            except BadAnswer as bad:
                if last or bad.location or not bad.again:
                    raise
            except requests.exceptions.SSLError as error:
                raise _of_tls(url, error) from error
            except requests.RequestException as error:
                if last or not isinstance(error, LOST):
                    self._lost[_host(url)] = why = f"{_host(url)} does not answer ({_reason(error)})"
                    raise NotSaid(why) from error
            self.patience.sleep(self.patience.pause_after(attempt, retry_after))

    def _once(
        self, url: str, headers: Mapping[str, str], sign: Any, params: Mapping[str, str] | None
    ) -> RegistryAnswer:
        # What is on this machine is never asked through a proxy.
        here = is_this_machine(urlsplit(url).netloc)
        with self._session.get(
            url,
            params=params,
            headers=dict(headers),
            auth=sign,
            stream=True,
            timeout=TIMEOUT,
            proxies={"http": "", "https": ""} if here else None,
        ) as answer:
            good = answer.status_code == HTTPStatus.OK
            body = body_of(answer, BOUNDS) if good else beginning_of(answer)
            lower_case = {name.lower(): value for name, value in answer.headers.items()}
            return RegistryAnswer(answer.status_code, lower_case, body)


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _not_said(url: str, bad: BadAnswer) -> NotSaid:
    return NotSaid(f"{_host(url)}: {cut(str(bad), LONGEST_WORDS)}")


def _of_tls(url: str, error: Exception) -> Exception:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        advice = "set REQUESTS_CA_BUNDLE to the certificates of your proxy or registry"
        return NotSaid(f"the certificate of {_host(url)} is not trusted here: {advice}")
    return NoTls(f"{_host(url)} speaks no TLS ({_reason(error)})")


def _reason(error: Exception) -> str:
    """What happened, without the library's wrapping."""
    first = error.args[0] if error.args else error
    root = getattr(first, "reason", None) or first
    return cut(str(root).rpartition(": ")[2] or type(error).__name__, LONGEST_WORDS)
