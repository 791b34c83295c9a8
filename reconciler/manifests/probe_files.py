"""The probes of a manifest and their files. Files are read once, hashed, and refused when they cannot be a
request or an expected answer.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from reconciler.core.model.findings import Finding, Location
from reconciler.core.model.proof.probes import LARGEST_REQUEST, File, Probe, expectation_problem
from reconciler.manifests.declarations.rollout import PREDICT_DOC, ManifestProbe
from reconciler.manifests.named_files import NamedFiles
from reconciler.manifests.schema.document_reading import ReadTable
from reconciler.manifests.schema.formats import milliseconds
from reconciler.manifests.schema.messages import shown
from reconciler.manifests.yaml.tree import Node, follow
from reconciler.triton.files.confined_paths import PathKind
from reconciler.triton.files.credentials_in_files import SEARCHED, finding_in

CREDENTIAL_ADVICE = (
    "Probes are sent to deployments and kept with the manifests: revoke the credential, and remove it from "
    "the file."
)
_TOO_LARGE = f"is larger than 10 MB ({LARGEST_REQUEST} bytes)"

Fault = tuple[str, str]
"""What is wrong with a file, and what to do."""


class ProbeFiles:
    """Reads each file once, however many manifests name it."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, bool], File | Finding] = {}

    def request(self, path: Path) -> File | Finding:
        """The body of a request."""
        return self._read(path, True, _wrong_request)

    def expected(self, path: Path) -> File | Finding:
        """An expected answer."""
        return self._read(path, False, _wrong_answer)

    def _read(self, path: Path, request: bool, wrong: Callable[[bytes], Fault | None]) -> File | Finding:
        if (path, request) not in self._known:
            self._known[path, request] = _file(path, wrong)
        return self._known[path, request]


def _file(path: Path, wrong: Callable[[bytes], Fault | None]) -> File | Finding:
    where = Location(str(path))
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_REQUEST + 1)
    except OSError as error:
        return Finding(where, f"cannot be read: {error.strerror}", "Check its permissions.")
    if len(content) > LARGEST_REQUEST:
        advice = f"The service takes no larger request ({PREDICT_DOC}); no larger answer is read."
        return Finding(where, _TOO_LARGE, advice)
    if credential := finding_in(content[:SEARCHED], len(content), str(path)):
        return Finding(where, credential.what, CREDENTIAL_ADVICE)
    refusal = wrong(content)
    return Finding(where, *refusal) if refusal else File(str(path), hashlib.sha256(content).hexdigest())


def _wrong_request(content: bytes) -> Fault | None:
    advice = "Write the body of an inference request: a JSON object."
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        return f"is not JSON: {error}", advice
    return None if isinstance(body, dict) else ("is not a JSON object", advice)


def _wrong_answer(content: bytes) -> Fault | None:
    what = expectation_problem(content)
    advice = "Write an inference response: `reconcile predict` prints one."
    return (f"cannot be expected: {what}", advice) if what else None


def probes_of(files: NamedFiles, probe_files: ProbeFiles) -> tuple[Probe, ...]:
    """The probes of a manifest whose files can be used."""
    probes = [
        _probe(files, probe, table, probe_files) for probe, table in files.reading.read_as(ManifestProbe)
    ]
    return tuple(probe for probe in probes if probe is not None)


def _probe(
    files: NamedFiles, probe: ManifestProbe, table: ReadTable, probe_files: ProbeFiles
) -> Probe | None:
    request = _named(files, follow(table.node, ("input",)), probe_files.request)
    expected = None
    if probe.expect is not None:
        expected = _named(files, follow(table.node, ("expect",)), probe_files.expected)
    if request is None:
        return None
    return Probe(
        model=probe.model,
        input=request,
        version=probe.version,
        status=probe.status,
        expect=expected,
        tolerance=probe.tolerance,
        latency_ms=None if probe.latency is None else float(milliseconds(probe.latency)),
    )


def _named(files: NamedFiles, node: Node, read: Callable[[Path], File | Finding]) -> File | None:
    """The file that a value names. What is wrong with it is noted at the value."""
    path = files.find(node, PathKind.FILE)
    file = read(path) if path else None
    if isinstance(file, Finding):
        files.reading.refuse(node, f"{shown(node)} {file.what}", file.advice)
        return None
    return file
