"""Downloads one file over HTTPS, with further attempts that go on where the last one ended, within bounds of
size and time.

Every URL on the way, the first and those of redirects, is read by one parser, and the connection goes to the
address that was checked. Whether it is the right file is decided elsewhere, by its digest.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import requests
import urllib3

from reconciler.adapters.http.checked_addresses import CheckedAdapter, Resolver
from reconciler.adapters.http.download_headers import Announced, length_of, range_of, version_of
from reconciler.adapters.http.download_limits import DownloadPatience
from reconciler.adapters.http.partial_files import PartialFile
from reconciler.adapters.http.rate_watch import RateWatch
from reconciler.adapters.http.retry_after import retry_after_seconds
from reconciler.adapters.http.unsigned import unsigned
from reconciler.core.model.errors import Failed, SetupError
from reconciler.core.model.temporary_causes import may_pass
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


def download(url: Url, part: PartialFile, patience: DownloadPatience, network: Resolver) -> bool:
    """Append to `part` what it lacks of the file behind a URL; whether the file was put together from several
    answers. Raises Failed when it cannot be had, SetupError when this machine is why; what has arrived stays
    in `part`.
    """
    return _Download(url, part, patience, network).run()


class _Again(Exception):
    """Another attempt may work, after so many seconds if the server says so; `vain`: what has arrived was not
    worth the wait.
    """

    def __init__(self, why: str, seconds: float | None = None, vain: bool = False) -> None:
        super().__init__(why)
        self.seconds, self.vain = seconds, vain


class _Download:
    def __init__(self, url: Url, part: PartialFile, patience: DownloadPatience, network: Resolver) -> None:
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
                self._patience.sleep(self._patience.pause_after(vain, trouble.seconds))
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
        announced = self._begin(response)
        self._version = version_of(response)
        while block := response.raw.read1(BLOCK, decode_content=False):
            self._keep(block, announced)
            watch.arrived(len(block))
        if watch.has_cut:
            raise self._too_slow()
        if self._part.size < max(announced.end, announced.size):
            raise _Again("only a part was answered")

    def _keep(self, block: bytes, announced: Announced) -> None:
        size = self._part.size + len(block)
        if announced.end and size > announced.end:
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

    def _begin(self, response: requests.Response) -> Announced:
        """Prepare `part` for the answer; what the answer announces."""
        begun, status = self._part.size, response.status_code
        answered = range_of(response)
        if status == HTTPStatus.PARTIAL_CONTENT and begun and answered and answered[0] == begun:
            self._not_packed(response)
            self._not_too_large(max(answered[1:]))
            self._pieced = True
            return Announced(answered[1], answered[2])
        if begun and status in OF_RANGES:
            self._part.clear()
            raise _Again("another range was answered than was asked for", 0.0)
        if status != HTTPStatus.OK:
            self._refused(response)
        self._not_packed(response)
        self._part.clear()
        self._pieced = False
        length = length_of(response.headers)
        self._not_too_large(length)
        return Announced(length, length)

    def _not_packed(self, response: requests.Response) -> None:
        """We asked for the file itself, and unpack nothing: what comes out could be of any size."""
        coding = response.headers.get("content-encoding", "identity").strip().lower()
        if coding not in {"", "identity"}:
            self._part.clear()
            raise Failed(
                f"{self._url.shown}: answered in another encoding than the file's own. "
                "Use an address that sends the file as it is"
            )

    def _refused(self, response: requests.Response) -> None:
        status = response.status_code
        what = f"answered {status} {_PHRASES.get(status, '')}".rstrip()
        if may_pass(status):
            raise _Again(what, retry_after_seconds(response.headers.get("retry-after"), self._patience.now()))
        raise Failed(f"{self._url.shown}: {what}. Check the URL")

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
"""Used in place of the server's own words, which may be anything."""


def _next(place: Url, location: str) -> Url:
    try:
        return follow(place, location)
    except BadUrl as bad:
        raise Failed(f"{place.shown}: redirects to a URL that {bad.what}. {bad.advice}") from None
