"""Fuzzes the emulator by its own OpenAPI description. Runs in the strangers' environment, with schemathesis.

In: a file of JSON {endpoint, config_file, examples, seed, requests, hopeless}. `requests` are such as the
emulator is to accept, in the order in which they are sent (`fuzz_seeds`); operations that are `hopeless` will
refuse them. First all of them are sent as they are: what is made by chance may rename or delete whatever they
need, so none of it comes before their end. Then for each operation `examples` that schemathesis makes from
the description, most of them drawn towards one of those requests: its path, its query and its body with one
or two fields lost or replaced. Out: JSON on stdout, {accepted: operations that accepted a request of
`requests`, refused: {operation: how it refused one}, changed: {status: times}, failures}.
"""

import base64
import copy
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import oci
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings

NUMBER = b"NUMBER"
DEEP = {"suffix", "object", "name"}
"""Parameters of paths that may hold slashes."""
JUNK = (None, "", " ", "\x00", "ä" * 300, "*", "null", 0, -1, 1.5, 2**63, True, [], [[]], {}, {"": None})
UNSENDABLE = (requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL, UnicodeError)
PATIENCE = 60.0
"""Seconds until a resource is at rest, or an answer is there. An idle machine needs hardly any."""


class Known:
    """A request that is to be accepted, with the values of the path that it has."""

    def __init__(self, operation: Any, noted: dict[str, Any], values: dict[str, str]) -> None:
        self.operation, self.values = operation, values
        self.path, self.query = noted["path"], noted["query"]
        self.headers = {name.lower(): value for name, value in noted["headers"].items()}
        self.body = None if noted["body"] is None else base64.b64decode(noted["body"])
        self.signed = noted["signed"]


class Fuzz:
    def __init__(self, asked: dict[str, Any]) -> None:
        config = oci.config.from_file(asked["config_file"])
        self._endpoint, self._examples, self._seed = asked["endpoint"], asked["examples"], asked["seed"]
        self._hopeless = set(asked["hopeless"])
        self._auth = oci.signer.Signer(
            config["tenancy"], config["user"], config["fingerprint"], config["key_file"]
        )
        self._session, self._numbers = requests.Session(), count(1)
        self.accepted: set[str] = set()
        self.changed: Counter[int] = Counter()
        self.said = ""
        self.refused: dict[str, str] = {}
        self.failures: list[str] = []

    def run(self, noted: list[dict[str, Any]]) -> None:
        answer = requests.get(f"{self._endpoint}/emulator/openapi.json", timeout=10)
        schema = schemathesis.openapi.from_dict(answer.json())
        operations = [found.ok() for found in schema.get_all_operations()]
        known = [_known(operations, one) for one in noted]
        for one in known:
            self._first(one)
        for name in dict.fromkeys(_id(one.operation) for one in known):
            self._rest([one for one in known if _id(one.operation) == name])

    def _first(self, known: Known) -> None:
        """A resource may not be at rest yet."""
        name = _id(known.operation)
        body = known.body.replace(NUMBER, self._number()) if known.body is not None else None
        end = time.monotonic() + (0 if name in self._hopeless else PATIENCE)
        while True:
            kwargs = {"params": known.query, "headers": known.headers, "data": body}
            status = self._send(known, f"{self._endpoint}{known.path}", kwargs)
            if status not in (404, 409, 503) or time.monotonic() > end:
                break
            time.sleep(0.1)
        if status and status < 300:
            self.accepted.add(name)
        else:
            self.refused[name] = self.said

    def _rest(self, requests_: list[Known]) -> None:
        operation = requests_[0].operation
        chance = random.Random(f"{self._seed} {operation.label}")

        @seed(chance.getrandbits(64))
        @settings(
            max_examples=self._examples,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def send(case: Any) -> None:
            known = chance.choice(requests_)
            kwargs = self._drawn(case, known, chance)
            try:
                status = self._send(known, kwargs.pop("url"), kwargs)
            except UNSENDABLE:
                return  # no client can send it
            self.changed[status or 0] += 1

        send()

    def _drawn(self, case: Any, known: Known, chance: random.Random) -> dict[str, Any]:
        """What schemathesis made, drawn towards the request that is known."""
        for name, value in known.values.items():
            if chance.random() < 0.9:
                case.path_parameters[name] = value
        case.query = {**_some(known.query, 0.9, chance), **_some(case.query or {}, 0.2, chance)}
        kept = {name: value for name, value in known.headers.items() if name != "opc-retry-token"}
        case.headers = {**_some(case.headers or {}, 0.2, chance), **_some(kept, 0.95, chance)}
        raw = self._body(case, known, chance)
        kwargs = case.as_transport_kwargs(base_url=self._endpoint)
        if raw is not None:
            kwargs.pop("json", None)
            kwargs["data"] = raw
        if known.values.keys() & DEEP:
            kwargs["url"] = kwargs["url"].replace("%2F", "/")
        return kwargs

    def _body(self, case: Any, known: Known, chance: random.Random) -> bytes | None:
        """None where the body stays the one that schemathesis made, or there is none."""
        if known.body is None or chance.random() < 0.15:
            return None
        body = known.body.replace(NUMBER, self._number())
        try:
            document = json.loads(body)
        except ValueError:
            return body if chance.random() < 0.7 else body[: chance.randrange(len(body) + 1)]
        _changed(document, case.body if isinstance(case.body, dict) else {}, chance)
        return json.dumps(document).encode()

    def _number(self) -> bytes:
        return b"%d" % next(self._numbers)

    def _send(self, known: Known, url: str, kwargs: dict[str, Any]) -> int | None:
        """The status; None where there was no answer."""
        operation = known.operation
        kwargs["headers"] = {name: value for name, value in kwargs["headers"].items() if value is not None}
        asked = {
            "auth": self._signed(known),
            "timeout": PATIENCE,
            **kwargs,
            "method": operation.method.upper(),
        }
        try:
            answer = self._session.request(url=url, **asked)
        except UNSENDABLE:
            raise
        except requests.exceptions.RequestException as error:
            self.failures.append(f"{operation.label}: {error!r}"[:500])
            return None
        self.said = answer.text[:300]
        if not self._is_proper(operation, answer):
            sent = f"{kwargs.get('data') or kwargs.get('json')!r}"
            what = f"{operation.label}: {answer.status_code} {answer.text[:200]!r} to {answer.url} {sent}"
            self.failures.append(what[:1500])
        return int(answer.status_code)

    def _signed(self, known: Known) -> Any:
        if "authorization" in known.headers:
            return _unsigned
        return self._auth if known.signed else self._auth.without_content_headers

    def _is_proper(self, operation: Any, answer: Any) -> bool:
        """An answer of the service: no failure, and refusals are said in its way."""
        if "opc-request-id" not in answer.headers:
            return False
        if answer.status_code >= 500:
            # Triton answers 500 to bodies that it cannot read, and that is passed on as it is.
            predicts = "/predict" in operation.path
            return predicts and (answer.status_code == 503 or answer.text.startswith('{"error":'))
        if answer.status_code < 400 or operation.method.upper() == "HEAD":
            return True
        try:
            body = answer.json()
        except ValueError:
            return False
        return {"code", "message"} <= body.keys() or bool({"error", "errors"} & body.keys())


def _unsigned(request: Any) -> Any:
    return request


def _id(operation: Any) -> str:
    return str(operation.definition.raw["operationId"])


def _known(operations: list[Any], noted: dict[str, Any]) -> Known:
    """Of the operations that take the request, the one with the most literal path."""
    for operation in sorted(operations, key=lambda one: -len(re.sub("{.*?}", "", one.path))):
        match = re.fullmatch(re.sub(r"{(\w+)}", _group, operation.path), noted["path"])
        if match and operation.method.upper() == noted["method"]:
            values = {name: requests.utils.unquote(value) for name, value in match.groupdict().items()}
            return Known(operation, noted, values)
    raise LookupError(f"no operation takes {noted['method']} {noted['path']}")


def _group(match: "re.Match[str]") -> str:
    return f"(?P<{match[1]}>{'.+' if match[1] in DEEP else '[^/]+'})"


def _some(values: Any, share: float, chance: random.Random) -> dict[str, Any]:
    return {name: value for name, value in values.items() if chance.random() < share}


def _changed(document: Any, other: dict[str, Any], chance: random.Random) -> None:
    """One or two fields, at any depth, are lost or get another value; a few documents stay as they are."""
    for _ in range(chance.choice((0, 1, 1, 1, 2))):
        fields = list(_fields(document))
        if not fields:
            return
        owner, key = chance.choice(fields)
        if chance.random() < 0.35:
            del owner[key]
        else:
            offered = [*JUNK, *([other[key]] * 8 if key in other else [])]
            owner[key] = copy.deepcopy(chance.choice(offered))


def _fields(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in items:
        yield value, key
        yield from _fields(one)


if __name__ == "__main__":
    asked = json.loads(Path(sys.argv[1]).read_text())
    fuzz = Fuzz(asked)
    fuzz.run(asked["requests"])
    print(
        json.dumps(
            {
                "accepted": sorted(fuzz.accepted),
                "refused": fuzz.refused,
                "changed": fuzz.changed,
                "failures": fuzz.failures,
            }
        )
    )
