"""One file over HTTP, tried again and gone on with until it is all there.

HTTPS only, except from this machine itself. Whether it is the file that was asked for is not known here.
"""

import ipaddress
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

import requests

from reconciler.adapters.again import may_pass, seconds_of
from reconciler.adapters.parts import Part
from reconciler.core.errors import Failed, SetupError

REDIRECTS = 5
BLOCK = 1 << 16
"""Bytes that are lost, at most, when a connection drops."""

LOST = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
OF_RANGES = frozenset({HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE})


@dataclass(frozen=True, slots=True)
class Patience:
    """`attempts` that in a row bring nothing new are the last ones. Between them it waits `pause` seconds,
    then twice as long each time, or as the server asks, and never more than `longest`. `timeout`: seconds to
    connect, and between two packets. `now`: seconds of the epoch.
    """

    attempts: int = 5
    pause: float = 1.0
    longest: float = 60.0
    timeout: tuple[float, float] = (10.0, 60.0)
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time

    def before_the_next(self, vain: int, asked: float | None) -> float:
        """Seconds to wait after so many attempts that brought nothing; `asked`: by the server."""
        usual = self.pause * 2.0 ** max(0, vain - 1)
        return min(self.longest, usual if asked is None else asked)


def download(url: str, part: Part, patience: Patience) -> bool:
    """Bring all of the file behind a URL into `part`, from where that ends; says whether it was put together
    from several answers. Raises Failed when it cannot be had, SetupError when this machine is why; what has
    arrived stays in `part`.
    """
    return _Download(url, part, patience).run()


def shown(url: str) -> str:
    """A URL without user, password and query: those may be secrets."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


class _Again(Exception):
    """It may work the next time, after so many seconds if the server says so."""

    def __init__(self, why: str, seconds: float | None = None) -> None:
        super().__init__(why)
        self.seconds = seconds


class _Download:
    def __init__(self, url: str, part: Part, patience: Patience) -> None:
        self._url, self._part, self._patience = url, part, patience
        self._pieced = False
        self._version = ""
        """What the server names the file's content by: an entity tag or a date."""

    def run(self) -> bool:
        most, vain = self._part.size, 0
        while True:
            try:
                self._attempt()
            except _Again as trouble:
                vain = vain + 1 if self._part.size < most + BLOCK else 0
                most = max(most, self._part.size)
                if vain >= self._patience.attempts:
                    raise self._given_up(str(trouble)) from trouble
                self._patience.sleep(self._patience.before_the_next(vain, trouble.seconds))
            else:
                return self._pieced

    def _given_up(self, why: str) -> Failed:
        kept = f"{self._part.size} bytes are kept, and the next run goes on from there. "
        return Failed(
            f"{shown(self._url)}: {why}, {self._patience.attempts} times in a row. "
            f"{kept if self._part.size else ''}Check the URL and the network"
        )

    def _attempt(self) -> None:
        try:
            with self._get() as response:
                self._take(response)
        except requests.exceptions.SSLError as error:
            if "CERTIFICATE_VERIFY_FAILED" not in str(error):
                raise _Again(type(error).__name__) from error
            raise SetupError(
                f"{shown(self._url)}: the server's certificate is not trusted here; "
                "set REQUESTS_CA_BUNDLE to your proxy's certificates"
            ) from error
        except LOST as error:
            raise _Again(type(error).__name__) from error
        except requests.RequestException as error:
            raise Failed(
                f"{shown(self._url)}: {type(error).__name__}. Check the URL and the network"
            ) from error

    def _take(self, response: requests.Response) -> None:
        size = self._begin(response)
        self._version = _version(response)
        for block in response.iter_content(BLOCK):
            self._part.append(block)
        if self._part.size < size:
            raise _Again("only a part was answered")

    def _begin(self, response: requests.Response) -> int:
        """Make ready for what is answered; the size of the whole file, 0 if that is not told."""
        begun, status = self._part.size, response.status_code
        start, size = _range(response)
        if status == HTTPStatus.PARTIAL_CONTENT and begun and start == begun:
            self._pieced = True
            return size
        if begun and status in OF_RANGES:
            self._part.clear()
            raise _Again("another range was answered than was asked for", 0.0)
        if status != HTTPStatus.OK:
            self._refused(response)
        self._part.clear()
        self._pieced = False
        return 0

    def _refused(self, response: requests.Response) -> None:
        said = f"answered {response.status_code} {response.reason}"
        if may_pass(response.status_code):
            raise _Again(said, seconds_of(response.headers.get("retry-after"), self._patience.now()))
        raise Failed(f"{shown(self._url)}: {said}. Check the URL")

    def _headers(self) -> dict[str, str]:
        headers = {"accept-encoding": "identity"}
        if begun := self._part.size:
            headers["range"] = f"bytes={begun}-"
            if self._version:
                headers["if-range"] = self._version
        return headers

    @contextmanager
    def _get(self) -> Iterator[requests.Response]:
        """The answer behind all redirects, each of which has to be as safe as the first URL."""
        with requests.Session() as session:
            place = self._url
            for _ in range(REDIRECTS + 1):
                if not _safe(place):
                    raise Failed(
                        f"{shown(place)}: not HTTPS. Only this machine itself may serve files without it"
                    )
                with session.get(
                    place,
                    stream=True,
                    allow_redirects=False,
                    timeout=self._patience.timeout,
                    headers=self._headers(),
                ) as response:
                    if not response.is_redirect:
                        yield response
                        return
                    place = urljoin(place, response.headers["location"])
        raise Failed(f"{shown(self._url)}: more than {REDIRECTS} redirects. Use the address that they end at")


def _version(response: requests.Response) -> str:
    """What If-Range may name: a weak entity tag may not be (RFC 9110, section 13.1.5)."""
    tag = response.headers.get("etag", "")
    return tag if tag.startswith('"') else response.headers.get("last-modified", "")


def _range(response: requests.Response) -> tuple[int, int]:
    """Where a partial answer starts, -1 if nobody can tell, and the size of the whole file, 0 if not told."""
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("content-range", "").strip())
    if found is None:
        return -1, 0
    return int(found[1]), 0 if found[2] == "*" else int(found[2])


def _safe(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "https":
        return True
    return parts.scheme == "http" and _loopback(parts.hostname or "")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
