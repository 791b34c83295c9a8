"""Requests to GitHub's API: bounded, tried again where that does no harm, patient with rate limits, and led
to no other server. The token goes to the API alone, and into no message.
"""

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests

from reconciler import __version__
from reconciler.adapters.github.errors import GithubFailed, GithubNoAnswer, no_answer, refused, unlike
from reconciler.adapters.github.rate_limits import limited_for
from reconciler.adapters.http.bounded_answers import (
    AnswerBounds,
    BadAnswer,
    BoundedAdapter,
    beginning_of,
    body_of,
)
from reconciler.adapters.http.json_text import parsed_json
from reconciler.adapters.http.unsigned import unsigned
from reconciler.adapters.http.where_to import allowed_url, is_this_machine, same_origin
from reconciler.core.model.errors import SetupError
from reconciler.core.model.temporary_causes import may_pass
from reconciler.core.model.urls import BadUrl

TIMEOUT = (10.0, 30.0)
"""Seconds to connect, and between two packets."""

BOUNDS = AnswerBounds(seconds=60.0, body=16 << 20)
"""A page has at most some megabytes: thirty comments of the largest size."""

PAGE = 30
MOST_PAGES = 40

LOST = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
"""Another try may bring an answer; whether this one was carried out is not known."""

_HEADERS = {
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": "2022-11-28",
    "User-Agent": f"oci-triton-reconciler/{__version__}",
}
_TOKEN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class GithubPatience:
    """So many `attempts` at one request, with `pause` seconds after the first, then twice as long each time,
    never more than `longest`. `limited`: seconds that all rate limits together may hold a command up.
    """

    attempts: int = 5
    pause: float = 1.0
    longest: float = 30.0
    limited: float = 15 * 60.0
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    jitter: Callable[[], float] = random.random

    def wait_after(self, attempt: int) -> None:
        """Wait after try number `attempt`, from 1."""
        self.sleep(min(self.longest, self.pause * 2.0 ** (attempt - 1)) * (0.5 + 0.5 * self.jitter()))


USUAL = GithubPatience()


@dataclass(frozen=True, slots=True)
class GithubAnswer:
    """A good answer: its JSON, None without one; `next` is the URL of the next page, empty on the last."""

    document: Any
    next: str = ""


@dataclass(slots=True)
class GithubTransport:
    """Speaks to the API at `base`, which is https, or on this machine."""

    base: str
    token: str = field(repr=False)
    patience: GithubPatience = USUAL
    _waited: float = 0.0
    _session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.base = _checked_base(self.base)
        if not _TOKEN.fullmatch(self.token):
            raise SetupError(
                "GITHUB_TOKEN is empty, or holds a character that no token has. In a workflow: "
                "env: GITHUB_TOKEN: ${{ github.token }}"
            )
        # Nothing from ~/.netrc, and no cookies.
        self._session.auth = unsigned
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, BoundedAdapter(BOUNDS, TIMEOUT))

    def get(self, path: str, **params: str | int) -> Any:
        """The document at a path of the API."""
        return self._asked("GET", path, params=params).document

    def pages(self, path: str, **params: str | int) -> Iterator[Any]:
        """The pages of a list, each as its document. It ends with an error where there are too many."""
        answer = self._asked("GET", path, params={"per_page": PAGE, **params})
        for _ in range(MOST_PAGES):
            yield answer.document
            if not answer.next:
                return
            answer = self._asked("GET", answer.next)
        raise GithubFailed(f"GitHub: GET {path}: more than {MOST_PAGES} pages, which nobody reads to the end")

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, again: bool) -> Any:
        """Change something. `again`: doing it twice is as good as once, so it is tried again when no answer
        comes; otherwise GithubNoAnswer is raised at once, and the caller looks.
        """
        return self._asked(method, path, body=body, again=again).document

    def location(self, path: str) -> str:
        """Where the answer at this path redirects to: another server, over TLS, or one on this machine if the
        API is.
        """
        try:
            self._tried("GET", f"{self.base}{path}", None, None, again=True)
        except BadAnswer as redirect:
            try:
                return allowed_url(redirect.location, self.base)
            except BadUrl as bad:
                raise unlike(f"GET {path}", f"it redirects to a URL that {bad.what}") from bad
        raise unlike(f"GET {path}", "it does not redirect to a download")

    def download(self, url: str, most: int) -> bytes:
        """What is behind a URL of another server, without the token: the URL itself is the permission."""
        host = urlsplit(url).netloc
        what = f"download from {host}"

        def once() -> bytes:
            with requests.Session() as session:
                session.auth = unsigned
                for scheme in ("https://", "http://"):
                    session.mount(scheme, BoundedAdapter(AnswerBounds(120.0, most), TIMEOUT))
                with session.get(url, stream=True, timeout=TIMEOUT, proxies=_proxies(url)) as answer:
                    if answer.status_code != HTTPStatus.OK:
                        raise refused(what, answer.status_code, "", "")
                    return body_of(answer, AnswerBounds(120.0, most))

        for attempt in range(1, self.patience.attempts + 1):
            try:
                return once()
            except (*LOST, GithubNoAnswer) as error:
                if attempt == self.patience.attempts:
                    raise no_answer(what, error) from error
                self.patience.wait_after(attempt)
            except BadAnswer as bad:
                raise unlike(what, str(bad)) from bad
        raise AssertionError("unreachable")

    def _asked(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        again: bool = True,
    ) -> GithubAnswer:
        """A good answer, or an error of ours."""
        url = path if path.startswith(("https://", "http://")) else f"{self.base}{path}"
        try:
            return self._tried(method, url, params, body, again)
        except BadAnswer as redirect:
            raise unlike(_words(method, url), str(redirect)) from redirect

    def _tried(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        again: bool,
    ) -> GithubAnswer:
        """The same, and BadAnswer for a redirect."""
        what, attempt, limits = _words(method, url), 0, 0
        while True:
            attempt += 1
            last = attempt >= self.patience.attempts or not again
            try:
                status, headers, content = self._once(method, url, params, body)
            except LOST as error:
                if last:
                    raise no_answer(what, type(error).__name__) from error
            except BadAnswer as bad:
                if bad.location:
                    raise
                if last or not bad.again:
                    raise unlike(what, str(bad)) from bad
            else:
                if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
                    return self._good(what, status, headers, content)
                said = _message_in(content)
                pause = limited_for(status, headers, said, self.patience.now(), limits)
                if pause is not None:
                    self._wait(what, pause, headers)
                    # It was not carried out, and is no failure.
                    attempt, limits = attempt - 1, limits + 1
                    continue
                if last or not may_pass(status):
                    raise refused(what, status, said, headers.get("x-github-request-id", ""))
            self.patience.wait_after(attempt)

    def _once(
        self, method: str, url: str, params: Mapping[str, Any] | None, body: Mapping[str, Any] | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        with self._session.request(
            method,
            url,
            params=params,
            json=body,
            headers={**_HEADERS, "Authorization": f"Bearer {self.token}"},
            stream=True,
            timeout=TIMEOUT,
            proxies=_proxies(url),
        ) as answer:
            good = answer.status_code < HTTPStatus.MULTIPLE_CHOICES
            content = body_of(answer, BOUNDS) if good else beginning_of(answer)
            links = answer.links.get("next", {}).get("url", "")
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return answer.status_code, {**headers, "next": links}, content

    def _good(self, what: str, status: int, headers: Mapping[str, str], content: bytes) -> GithubAnswer:
        if status == HTTPStatus.NO_CONTENT:
            return GithubAnswer(None)
        following = headers["next"]
        if following and not (same_origin(following, self.base) and following.startswith(f"{self.base}/")):
            raise unlike(what, f"its next page is on another server, {urlsplit(following).netloc}")
        try:
            return GithubAnswer(parsed_json(content), following)
        except BadAnswer as bad:
            raise unlike(what, str(bad)) from bad

    def _wait(self, what: str, seconds: float, headers: Mapping[str, str]) -> None:
        if self._waited + seconds > self.patience.limited:
            raise refused(
                what,
                HTTPStatus.TOO_MANY_REQUESTS,
                f"the rate limit holds for {seconds:.0f} s more, which is too long to wait: "
                "run the job again after that",
                headers.get("x-github-request-id", ""),
            )
        self._waited += seconds
        self.patience.sleep(seconds)


def _checked_base(url: str) -> str:
    base = url.rstrip("/")
    try:
        parts = urlsplit(base)
        good = bool(parts.hostname) and not parts.query and not parts.fragment and "@" not in parts.netloc
        here = good and is_this_machine(parts.netloc)
    except ValueError:
        good = here = False
    if not good or not (parts.scheme == "https" or (parts.scheme == "http" and here)):
        raise SetupError(
            "GITHUB_API_URL is no https:// address such as https://api.github.com: unset it, or mend it"
        )
    return base


def _words(method: str, url: str) -> str:
    """What is asked, for messages: without the query."""
    return f"{method} {urlsplit(url).path}"


def _proxies(url: str) -> dict[str, str] | None:
    """What is on this machine is never asked through a proxy."""
    return {"http": "", "https": ""} if is_this_machine(urlsplit(url).netloc) else None


def _message_in(content: bytes) -> str:
    """What an error of GitHub's says; empty when it is none."""
    try:
        document = parsed_json(content)
    except BadAnswer:
        return ""
    if not isinstance(document, dict):
        return ""
    errors = document.get("errors")
    more = [
        str(one.get("message") or one.get("code") or "") if isinstance(one, dict) else str(one)
        for one in (errors if isinstance(errors, list) else [])
    ]
    return "; ".join(part for part in (str(document.get("message") or ""), *more) if part)
