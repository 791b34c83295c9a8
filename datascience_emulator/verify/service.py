"""The cloud as experiments see it: signed HTTP, with status, headers and body as they come.

The SDK's client is not used: it hides the status, sends no request that it finds wrong, and cannot leave
fields out. `oci` only signs.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import requests

from datascience_emulator.verify.stopping import Stop
from datascience_emulator.wire.json_values import parse_json

TIMEOUT = (10.0, 120.0)
"""Seconds to connect, and to wait for an answer."""
UPLOAD_TIMEOUT = (10.0, 900.0)
"""What was uploaded may have to be stored before it is answered."""
MOST_BYTES = 8 << 20
TRIES = 6
FIRST_PAUSE, MOST_PAUSE = 0.2, 60.0
_API = "/20190101"


@dataclass(frozen=True, slots=True)
class Answer:
    """`body`: the JSON of the body; None when it is empty or no JSON. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def document(self) -> dict[str, Any]:
        return self.body if isinstance(self.body, dict) else {}

    @property
    def items(self) -> list[dict[str, Any]]:
        """Of a list: Data Science answers with a bare array."""
        return [one for one in self.body if isinstance(one, dict)] if isinstance(self.body, list) else []

    @property
    def code(self) -> str:
        return "" if self.good else str(self.document.get("code", ""))

    @property
    def message(self) -> str:
        return "" if self.good else str(self.document.get("message", ""))

    @property
    def request_id(self) -> str:
        return self.headers.get("opc-request-id", "")


class NoAnswer(Exception):
    """The cloud did not answer; the message says why. What was asked for may have been done."""


class NotSignedIn(Exception):
    """The cloud does not take the signature; the message has its words."""


class Content(Protocol):
    """A body that is sent as a stream."""

    def __len__(self) -> int: ...
    def read(self, size: int = -1) -> bytes: ...


class Service(Protocol):
    """Raises NoAnswer, NotSignedIn and Stopped."""

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        if_match: str | None = None,
    ) -> Answer:
        """Of Data Science; `path` is below its version. Calls that are safe to repeat are repeated for a
        while when the cloud is busy or out of reach.
        """

    def upload(self, path: str, content: bytes | Content) -> Answer:
        """POST of an artifact, as bytes."""

    def predict(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """POST of an inference request to the deployment's `url`. Raises NoAnswer too when it is no place to
        send signatures to.
        """

    def namespace(self) -> str:
        """The tenancy's namespace of Object Storage, which the names of its images begin with."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """URLs without a slash at the end."""

    data_science: str
    object_storage: str


class SignedHttp:
    """A `Service`. `signer`: of the SDK, which signs a prepared request of `requests`."""

    def __init__(self, addresses: Addresses, signer: Any, stop: Stop) -> None:
        self._addresses, self._signer, self._stop = addresses, signer, stop

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        if_match: str | None = None,
    ) -> Answer:
        headers = {"content-type": "application/json"} | ({"if-match": if_match} if if_match else {})
        creates = method == "POST" and "/actions/" not in path
        if creates:
            headers["opc-retry-token"] = uuid.uuid4().hex
        data = None if body is None else json.dumps(body).encode()
        return self._patiently(
            lambda: self._send(method, self._below(path), data, headers, query),
            repeatable=creates or method in ("GET", "DELETE"),
        )

    def upload(self, path: str, content: bytes | Content) -> Answer:
        """The body is not part of the signature, as in the SDK."""
        headers = {
            "content-type": "application/octet-stream",
            "content-length": str(len(content)),
            "content-disposition": 'attachment; filename="artifact.zip"',
        }
        sign = self._signer.without_content_headers
        return self._patiently(
            lambda: self._send("POST", self._below(path), content, headers, None, sign, UPLOAD_TIMEOUT),
            repeatable=False,
        )

    def predict(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if not url.startswith(("https://", f"{self._addresses.data_science}/")):
            raise NoAnswer("the URL of the deployment is not one of HTTPS")
        sent = {"content-type": "application/json", **headers}
        return self._patiently(lambda: self._send("POST", url, body, sent), repeatable=False)

    def namespace(self) -> str:
        url = f"{self._addresses.object_storage}/n"
        return str(self._patiently(lambda: self._send("GET", url, None, {}), repeatable=True).body)

    def _below(self, path: str) -> str:
        return f"{self._addresses.data_science}{_API}{path}"

    def _patiently(self, send: Callable[[], Answer], *, repeatable: bool) -> Answer:
        """A busy cloud (429) has done nothing, so that any call may be repeated then."""
        for pause in _pauses():
            try:
                answer = send()
            except NoAnswer:
                if pause is None or not repeatable:
                    raise
                self._stop.sleep(pause)
                continue
            again = answer.status == 429 or (answer.status >= 500 and repeatable)
            if pause is None or not again:
                return answer
            self._stop.sleep(_asked_for(answer) or pause)
        raise AssertionError("the last try returns")

    def _send(
        self,
        method: str,
        url: str,
        body: bytes | Content | None,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        sign: Any = None,
        timeout: tuple[float, float] = TIMEOUT,
    ) -> Answer:
        """On a connection of its own: one that was idle for long may be closed just when it is used again."""
        self._stop.check()
        try:
            with requests.request(
                method,
                url,
                data=body,
                headers=dict(headers),
                params=query,
                auth=sign or self._signer,
                timeout=timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                answer = _read(response)
        except requests.RequestException as error:
            raise NoAnswer(f"{method} was not answered: {type(error).__name__}") from error
        if answer.status == 401:
            raise NotSignedIn(answer.message or "401")
        return answer


def _read(response: requests.Response) -> Answer:
    """Raises requests.RequestException, for a body that is too large or too slow as well."""
    began, content = time.monotonic(), b""
    for chunk in response.iter_content(1 << 16):
        content += chunk
        if len(content) > MOST_BYTES or time.monotonic() - began > TIMEOUT[1]:
            raise requests.exceptions.ContentDecodingError("an answer that does not end")
    try:
        body = parse_json(content) if content else None
    except ValueError:
        body = None
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, body)


def _pauses() -> Iterator[float | None]:
    """The pause after each try, in seconds; None after the last."""
    for number in range(TRIES - 1):
        yield min(FIRST_PAUSE * 3**number, MOST_PAUSE)
    yield None


def _asked_for(answer: Answer) -> float | None:
    """The pause that the cloud asks for, within reason."""
    text = answer.headers.get("retry-after", "")
    return min(float(text), MOST_PAUSE) if text.isdecimal() else None
