"""One file over HTTPS, tried again and gone on with until it is all there, within bounds of size and time.

Every URL on the way, the first and those of redirects, is read by one parser and asked where it was checked.
Whether it is the file that was asked for is not known here.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

import requests
import urllib3

from reconciler.adapters.http.again import may_pass, seconds_of
from reconciler.adapters.http.parts import Part
from reconciler.adapters.http.reach import CheckedAdapter, Resolver
from reconciler.adapters.http.unsigned import unsigned
from reconciler.adapters.http.watch import RateWatch
from reconciler.core.model.artifact import LARGEST
from reconciler.core.model.errors import Failed, SetupError
from reconciler.core.model.urls import BadUrl, Url, follow

REDIRECTS = 5
BLOCK = 1 << 16
"""Bytes that are lost, at most, when a connection drops."""

LOST = (
    requests.ConnectionError,
    requests.Timeout,
    urllib3.exceptions.ProtocolError,
    urllib3.exceptions.TimeoutError,
    urllib3.exceptions.SSLError,
)
OF_RANGES = frozenset({HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE})


@dataclass(frozen=True, slots=True)
class DownloadBounds:
    """What is too much. `size`: bytes of a file, the most that the catalog takes for an artifact. A
    connection over which fewer than `least` bytes come within `window` seconds is cut: that is the rate of a
    telephone line. `whole`: seconds in which all of it has to come.
    """

    size: int = LARGEST
    least: int = 1 << 20
    window: float = 300.0
    whole: float = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class DownloadPatience:
    """`attempts` that in a row bring nothing new are the last ones. Between them it waits `pause` seconds,
    then twice as long each time, or as the server asks, and never more than `longest`. `timeout`: seconds to
    connect, and between two packets. `now`: seconds of the epoch; `elapsed`: of a clock that is never set.
    """

    attempts: int = 5
    pause: float = 1.0
    longest: float = 60.0
    timeout: tuple[float, float] = (10.0, 60.0)
    bounds: DownloadBounds = DownloadBounds()
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    elapsed: Callable[[], float] = time.monotonic

    def before_the_next(self, vain: int, asked: float | None) -> float:
        """Seconds to wait after so many attempts that brought nothing; `asked`: by the server."""
        usual = self.pause * 2.0 ** max(0, vain - 1)
        return min(self.longest, usual if asked is None else asked)


def download(url: Url, part: Part, patience: DownloadPatience, network: Resolver) -> bool:
    """Bring all of the file behind a URL into `part`, from where that ends; says whether it was put together
    from several answers. Raises Failed when it cannot be had, SetupError when this machine is why; what has
    arrived stays in `part`.
    """
    return _Download(url, part, patience, network).run()


class _Again(Exception):
    """It may work the next time, after so many seconds if the server says so; `vain`: what has come was not
    worth the wait.
    """

    def __init__(self, why: str, seconds: float | None = None, vain: bool = False) -> None:
        super().__init__(why)
        self.seconds, self.vain = seconds, vain


@dataclass(frozen=True, slots=True)
class _Told:
    """What an answer says of itself: where it ends in the file, and the size of that; 0 if it does not."""

    end: int = 0
    size: int = 0


class _Download:
    def __init__(self, url: Url, part: Part, patience: DownloadPatience, network: Resolver) -> None:
        self._url, self._part, self._patience, self._network = url, part, patience, network
        self._bounds = patience.bounds
        self._ends = patience.elapsed() + patience.bounds.whole
        self._pieced = False
        self._version = ""
        """What the server names the file's content by: an entity tag or a date."""

    def run(self) -> bool:
        most, vain = self._part.size, 0
        while True:
            try:
                self._attempt()
            except _Again as trouble:
                vain = vain + 1 if trouble.vain or self._part.size < most + BLOCK else 0
                most = max(most, self._part.size)
                if vain >= self._patience.attempts:
                    why = f"{trouble}, {self._patience.attempts} times in a row"
                    raise self._given_up(why) from trouble
                self._patience.sleep(self._patience.before_the_next(vain, trouble.seconds))
            else:
                return self._pieced

    def _given_up(self, why: str) -> Failed:
        kept = f"{self._part.size} bytes are kept, and the next run goes on from there. "
        return Failed(
            f"{self._url.shown}: {why}. {kept if self._part.size else ''}Check the URL and the network"
        )

    def _attempt(self) -> None:
        with RateWatch(self._bounds.least, self._bounds.window) as watch:
            try:
                with self._get(watch) as response:
                    self._take(response, watch)
            except (*LOST, requests.RequestException) as error:
                raise self._trouble(error, watch) from error

    def _trouble(self, error: Exception, watch: RateWatch) -> Exception:
        if watch.has_cut:
            return self._too_slow()
        if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
            return SetupError(
                f"{self._url.shown}: the server's certificate is not trusted here; "
                "set REQUESTS_CA_BUNDLE to your proxy's certificates"
            )
        if isinstance(error, LOST):
            return _Again(type(error).__name__)
        return Failed(f"{self._url.shown}: {type(error).__name__}. Check the URL and the network")

    def _too_slow(self) -> _Again:
        return _Again(
            f"less than {self._bounds.least} bytes came within {self._bounds.window:g} seconds", vain=True
        )

    def _take(self, response: requests.Response, watch: RateWatch) -> None:
        told = self._begin(response)
        self._version = _version(response)
        while block := response.raw.read1(BLOCK, decode_content=False):
            self._keep(block, told)
            watch.came(len(block))
        if watch.has_cut:
            raise self._too_slow()
        if self._part.size < max(told.end, told.size):
            raise _Again("only a part was answered")

    def _keep(self, block: bytes, told: _Told) -> None:
        size = self._part.size + len(block)
        if told.end and size > told.end:
            self._part.clear()
            raise Failed(f"{self._url.shown}: more was answered than was announced. Check the URL")
        self._not_too_large(size)
        self._part.append(block)
        if self._patience.elapsed() > self._ends:
            raise self._given_up(f"not all of it came within {self._bounds.whole / 3600:g} hours")

    def _not_too_large(self, size: int) -> None:
        if size > self._bounds.size:
            self._part.clear()
            raise Failed(
                f"{self._url.shown}: larger than {self._bounds.size} bytes, the most that the model catalog "
                "takes. Check the URL"
            )

    def _begin(self, response: requests.Response) -> _Told:
        """Make ready for what is answered."""
        begun, status = self._part.size, response.status_code
        found = _range(response)
        if status == HTTPStatus.PARTIAL_CONTENT and begun and found and found[0] == begun:
            self._not_packed(response)
            self._not_too_large(max(found[1:]))
            self._pieced = True
            return _Told(found[1], found[2])
        if begun and status in OF_RANGES:
            self._part.clear()
            raise _Again("another range was answered than was asked for", 0.0)
        if status != HTTPStatus.OK:
            self._refused(response)
        self._not_packed(response)
        self._part.clear()
        self._pieced = False
        announced = _length(response)
        self._not_too_large(announced)
        return _Told(announced, announced)

    def _not_packed(self, response: requests.Response) -> None:
        """What we asked for is the file itself; unpacking what somebody sends has no bounds."""
        coding = response.headers.get("content-encoding", "identity").strip().lower()
        if coding not in {"", "identity"}:
            self._part.clear()
            raise Failed(
                f"{self._url.shown}: answered in another encoding than the file's own. "
                "Use an address that sends the file as it is"
            )

    def _refused(self, response: requests.Response) -> None:
        status = response.status_code
        said = f"answered {status} {_PHRASES.get(status, '')}".rstrip()
        if may_pass(status):
            raise _Again(said, seconds_of(response.headers.get("retry-after"), self._patience.now()))
        raise Failed(f"{self._url.shown}: {said}. Check the URL")

    def _headers(self) -> dict[str, str]:
        headers = {"accept-encoding": "identity"}
        if begun := self._part.size:
            headers["range"] = f"bytes={begun}-"
            if self._version:
                headers["if-range"] = self._version
        return headers

    @contextmanager
    def _get(self, watch: RateWatch) -> Iterator[requests.Response]:
        """The answer behind all redirects, each of which is checked like the first URL."""
        place = self._url
        with requests.Session() as session:
            session.auth = unsigned
            for _ in range(REDIRECTS + 1):
                session.mount("https://", CheckedAdapter(place, self._network, watch))
                with session.get(
                    str(place),
                    stream=True,
                    allow_redirects=False,
                    timeout=self._patience.timeout,
                    headers=self._headers(),
                ) as response:
                    if not response.is_redirect:
                        yield response
                        return
                    place = _next(place, response.headers["location"])
        raise Failed(f"{self._url.shown}: more than {REDIRECTS} redirects. Use the address that they end at")


_PHRASES = {status.value: status.phrase for status in HTTPStatus}
"""Not the server's own words: they are anything."""


def _next(place: Url, location: str) -> Url:
    try:
        return follow(place, location)
    except BadUrl as bad:
        raise Failed(f"{place.shown}: redirects to a URL that {bad.what}. {bad.advice}") from None


def _version(response: requests.Response) -> str:
    """What If-Range may name: a weak entity tag may not be (RFC 9110, section 13.1.5)."""
    tag = response.headers.get("etag", "")
    return tag if tag.startswith('"') else response.headers.get("last-modified", "")


def _range(response: requests.Response) -> tuple[int, int, int] | None:
    """Where a partial answer starts and where it ends, and the size of the whole file, 0 if not told; None if
    nobody can tell.
    """
    found = re.fullmatch(
        r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", response.headers.get("content-range", "").strip(), re.A
    )
    if found is None:
        return None
    start, end, size = int(found[1]), int(found[2]) + 1, 0 if found[3] == "*" else int(found[3])
    return None if end <= start or 0 < size < end else (start, end, size)


def _length(response: requests.Response) -> int:
    """Bytes of the answer, as far as it says; 0 if not."""
    text = response.headers.get("content-length", "").strip()
    chunked = "transfer-encoding" in response.headers
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 and not chunked else 0
