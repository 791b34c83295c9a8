"""Every folder of bad/ is a repository with mistakes; `expected.txt` holds the messages, word for word.

With UPDATE_EXPECTED=1 the files are written anew, to be read before they are committed.
"""

import os
from pathlib import Path

import pytest

from reconciler.core.model.configuration import Json
from reconciler.core.model.errors import InvalidManifests
from reconciler.core.model.findings import Finding
from reconciler.manifests.loading import load_manifests
from reconciler.manifests.settings import load_settings

BAD = Path(__file__).parent / "bad"
CASES = sorted(folder.name for folder in BAD.iterdir())
VALUES: dict[str, Json] = {"replicas": 2, "region": "iad"}


def problems_of(root: Path) -> tuple[Finding, ...]:
    targets = None
    try:
        if (root / "reconciler.yaml").exists():
            targets = load_settings(root).known_targets
        load_manifests([], root, VALUES, target="prod", targets=targets)
    except InvalidManifests as error:
        return error.findings
    return ()


@pytest.mark.parametrize("case", CASES)
def test_messages(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BAD / case)
    expected = BAD / case / "expected.txt"
    found = "".join(f"{problem}\n" for problem in problems_of(BAD / case))
    assert found, "nothing was found wrong"
    if os.environ.get("UPDATE_EXPECTED"):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_places_exist(case: str) -> None:
    for problem in problems_of(BAD / case):
        lines = (BAD / case / problem.where.path).read_bytes().decode("utf-8", "replace").split("\n")
        assert problem.where.line <= len(lines)
        if problem.where.line:
            assert 1 <= problem.where.column <= len(lines[problem.where.line - 1]) + 1


def test_there_are_enough() -> None:
    assert len(CASES) >= 30
