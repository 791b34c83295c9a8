"""Probes: inference requests with an expected answer, and the judgement of what came back.

Does no I/O: reading files and sending requests is the adapters' business.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from reconciler.core.model.text import cut

LARGEST_REQUEST = 10 * 1000 * 1000
"""Bytes: "The payload size limit is 10 MB" (docs/service.md §4.6), 10 MB, read as 10,000,000 bytes."""

DEFAULT_TOLERANCE = 1e-6
OK = 200
MOST_SHOWN = 3
"""Values of one output that are shown when they are wrong."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the repository: its absolute path, and the SHA-256 of its content as 64 hex digits."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Probe:
    """One request and what is expected of the answer.

    `expect` holds an inference response of the KServe protocol, of which the named outputs count; numbers may
    differ by `tolerance`, absolute or, above 1, relative. `latency_ms` is the most that the answer may take.
    """

    model: str
    input: File
    version: int | None = None
    status: int = OK
    expect: File | None = None
    tolerance: float = DEFAULT_TOLERANCE
    latency_ms: float | None = None

    @property
    def title(self) -> str:
        """Which model, for messages."""
        return self.model + (f" version {self.version}" if self.version is not None else "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: HTTP status, body, how long it took in milliseconds, and the opc-request-id if there
    is one.
    """

    status: int
    body: bytes
    latency_ms: float
    request_id: str = ""


class Voice(StrEnum):
    """Who gave an answer: the model server, whose word counts; or something before it, which is either not
    willing to let us ask, or had no answer of the server.
    """

    SERVER = "the model server"
    DENIED = "denied"
    NO_ANSWER = "no answer"


def voice_of(answer: Answer, expected: int = OK) -> Voice:
    """Triton says what is wrong as `{"error": …}` and nothing else; the service, which stands before it, as
    `{"code": …, "message": …}` (docs/service.md §4.6, §5.5), and a proxy in any way. A status that keeps us
    out is Triton's own only where it is `expected`.
    """
    tritons = tritons_error(answer.body) is not None
    if answer.status in DENIALS:
        return Voice.SERVER if tritons and answer.status == expected else Voice.DENIED
    if tritons:
        return Voice.SERVER
    if FIRST_ERROR <= answer.status < SERVER_ERRORS and isinstance(_object(answer.body).get("code"), str):
        return Voice.DENIED
    page = answer.body.lstrip().startswith(b"<")
    return Voice.SERVER if OK <= answer.status < FIRST_OTHER_STATUS and not page else Voice.NO_ANSWER


def tritons_error(body: bytes) -> str | None:
    """What Triton says is wrong; None where the body is no error of Triton's form."""
    answer = _object(body)
    error = answer.get("error")
    return error if set(answer) == {"error"} and isinstance(error, str) else None


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


FIRST_OTHER_STATUS, FIRST_ERROR, SERVER_ERRORS = 300, 400, 500
NOT_SIGNED_IN = frozenset({401, 403, 407})
DENIALS = NOT_SIGNED_IN | {408, 429}
"""Statuses of somebody before the model server who does not let us ask, or not now."""


def judge(probe: Probe, answer: Answer, expected: bytes | None) -> tuple[str, ...]:
    """What is wrong with an answer, expected and actual; empty when nothing is. `expected` is the content
    of `probe.expect`.
    """
    if answer.status != probe.status:
        return (f"expected status {probe.status}, got {answer.status}: {_start(answer.body)}",)
    wrong = list(_outputs(expected, answer.body, probe.tolerance)) if expected is not None else []
    if probe.latency_ms is not None and answer.latency_ms > probe.latency_ms:
        wrong.append(
            f"expected an answer within {probe.latency_ms:g} ms, got it after {answer.latency_ms:.0f} ms"
        )
    return tuple(wrong)


def same_answers(before: Answer, after: Answer, tolerance: float) -> tuple[str, ...]:
    """How an answer differs from the one that was given before; empty when it does not."""
    if before.status != after.status:
        return (f"expected status {before.status} as before, got {after.status}: {_start(after.body)}",)
    if before.status != OK:
        return ()
    return tuple(_outputs(before.body, after.body, tolerance))


def expectation_problem(content: bytes) -> str:
    """Why a file cannot serve as an expected answer; empty when it can."""
    outputs = _named(content)
    if isinstance(outputs, str):
        return outputs
    if not outputs:
        return "it names no outputs"
    listed = [str(output["name"]) for output in json.loads(content)["outputs"]]
    twice = sorted({name for name in listed if listed.count(name) > 1})
    wrong = [f"output {name} is there twice" for name in twice]
    wrong += [what for name, output in outputs.items() for what in _impossible(name, output)]
    return "; ".join(wrong)


def _impossible(name: str, output: Mapping[str, Any]) -> Iterator[str]:
    """What no answer can ever be."""
    data, shape, datatype = output["data"], output.get("shape"), output.get("datatype")
    if shape is not None:
        if not isinstance(shape, list) or not all(type(size) is int and size >= 0 for size in shape):
            yield f"output {name} has no shape of whole numbers: {_shown(shape)}"
        elif math.prod(shape) != len(data):
            yield f"output {name} has {len(data)} values, which its shape does not have: {_shown(shape)}"
    numbers = [value for value in data if _is_number(value)]
    if any(not math.isfinite(value) for value in numbers):
        yield f"output {name} holds NaN, Infinity or a number as large, which nothing can be compared with"
    if datatype is not None and not (isinstance(datatype, str) and datatype in DATATYPES):
        yield f"output {name} has no data type of the protocol: {_shown(datatype)}"
    elif datatype in NUMERIC and len(numbers) != len(data):
        yield f"output {name} is {datatype} and holds something that is no number"


NUMERIC = frozenset(
    {"UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64", "BF16"}
)
DATATYPES = NUMERIC | {"BOOL", "BYTES"}
"""Data types of the KServe inference protocol, version 2."""


def _outputs(expected: bytes, actual: bytes, tolerance: float) -> Iterator[str]:
    expected_outputs, outputs = _named(expected), _named(actual)
    if isinstance(expected_outputs, str):
        yield f"the expected answer cannot be used: {expected_outputs}"
        return
    if isinstance(outputs, str):
        yield f"expected outputs, got: {_start(actual)}"
        return
    for name, output in expected_outputs.items():
        if name not in outputs:
            yield f"{name}: expected, but not in the answer, which has {', '.join(sorted(outputs)) or 'none'}"
        else:
            yield from _output(name, output, outputs[name], tolerance)


def _named(content: bytes) -> dict[str, Mapping[str, Any]] | str:
    try:
        outputs = json.loads(content, parse_int=_integer)["outputs"]
        return {str(output["name"]): {**output, "data": list(_flat(output["data"]))} for output in outputs}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return f"it is no inference response with `outputs` ({type(error).__name__}: {error})"


def _integer(digits: str) -> float:
    """One that no float can hold is Infinity, as `1e400` is: to calculate with it would raise an error."""
    return int(digits) if math.isfinite(float(digits)) else float(digits)


def _flat(data: Any) -> Iterator[Any]:
    if not isinstance(data, list):
        raise TypeError("`data` is not a list")
    for item in data:
        if isinstance(item, list):
            yield from _flat(item)
        else:
            yield item


def _output(
    name: str, expected: Mapping[str, Any], actual: Mapping[str, Any], tolerance: float
) -> Iterator[str]:
    for what in ("datatype", "shape"):
        if what in expected and expected[what] != actual.get(what):
            yield f"{name}: expected {what} {expected[what]}, got {actual.get(what)}"
            return
    before, after = expected["data"], actual["data"]
    if len(before) != len(after):
        yield f"{name}: expected {len(before)} values, got {len(after)}"
        return
    wrong = [at for at, pair in enumerate(zip(before, after, strict=True)) if not _near(*pair, tolerance)]
    for at in wrong[:MOST_SHOWN]:
        yield f"{name}[{at}]: expected {_shown(before[at])}, got {_shown(after[at])}"
    if len(wrong) > MOST_SHOWN:
        yield f"{name}: {len(wrong) - MOST_SHOWN} more of {len(before)} values differ"


def _near(expected: Any, actual: Any, tolerance: float) -> bool:
    if _is_number(expected) and _is_number(actual):
        if expected == actual or not math.isfinite(expected):
            return bool(expected == actual)
        return bool(abs(expected - actual) <= tolerance * max(1.0, abs(expected)))
    return type(expected) is type(actual) and bool(expected == actual)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    return cut(json.dumps(value), LONGEST_SHOWN)


def _start(body: bytes) -> str:
    return cut(body.decode("utf-8", "replace").strip(), LONGEST_SHOWN)


LONGEST_SHOWN = 200
