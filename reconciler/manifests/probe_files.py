"""The files of probes: found like model files, read once, hashed, and refused when no request or no answer
can be made of them.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from reconciler.core.model.probes import LARGEST_REQUEST, File, Probe, expectation_problem
from reconciler.manifests.declarations import rollout
from reconciler.manifests.schema.notations import milliseconds
from reconciler.triton.files.credentials import SEARCHED, problem_in

CREDENTIAL_ADVICE = (
    "Probes are sent to deployments and kept with the manifests: revoke it, and take it out of the file."
)
_PREDICT_DOC = "OCI documentation: Model Deployments, invoking a model deployment"
_TOO_LARGE = f"is larger than 10 MB ({LARGEST_REQUEST} bytes)"


class ProbeFiles:
    """Reads each file once, however many manifests name it."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, bool], File | tuple[str, str]] = {}

    def input(self, path: Path) -> File | tuple[str, str]:
        """The body of a request; or what is wrong with it, and what to do."""
        return self._read(path, True, _input_problem)

    def expected(self, path: Path) -> File | tuple[str, str]:
        """An expected answer; or what is wrong with it, and what to do."""
        return self._read(path, False, _expectation_problem)

    def _read(
        self, path: Path, asked: bool, problem: Callable[[bytes], tuple[str, str] | None]
    ) -> File | tuple[str, str]:
        if (path, asked) not in self._known:
            content = _bytes(path)
            if isinstance(content, bytes):
                digest = hashlib.sha256(content).hexdigest()
                wrong = _credential(content, path) or problem(content)
                self._known[path, asked] = wrong or File(str(path), digest)
            else:
                self._known[path, asked] = content
        return self._known[path, asked]


def _bytes(path: Path) -> bytes | tuple[str, str]:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_REQUEST + 1)
    except OSError as error:
        return f"cannot be read: {error.strerror}", "Check its permissions."
    if len(content) > LARGEST_REQUEST:
        return _TOO_LARGE, f"The service takes no larger request ({_PREDICT_DOC}); no larger answer is read."
    return content


def _credential(content: bytes, path: Path) -> tuple[str, str] | None:
    found = problem_in(content[:SEARCHED], len(content), str(path))
    return (found.what, CREDENTIAL_ADVICE) if found else None


def _input_problem(content: bytes) -> tuple[str, str] | None:
    advice = "Write the body of an inference request: a JSON object."
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        return f"is not JSON: {error}", advice
    return None if isinstance(body, dict) else ("is no JSON object", advice)


def _expectation_problem(content: bytes) -> tuple[str, str] | None:
    wrong = expectation_problem(content)
    advice = "Write an inference response: `reconcile predict` prints one."
    return (f"cannot be expected: {wrong}", advice) if wrong else None


def probe_of(given: rollout.ManifestProbe, body: File, expect: File | None) -> Probe:
    """The probe with its files."""
    return Probe(
        model=given.model,
        input=body,
        version=given.version,
        status=given.status,
        expect=expect,
        tolerance=given.tolerance,
        latency_ms=None if given.latency is None else float(milliseconds(given.latency)),
    )
