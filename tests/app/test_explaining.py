"""What was applied last, read from the history of the repository."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from reconciler.app.building_artifacts import hashed_specs
from reconciler.app.last_applied import last_applied
from reconciler.app.workspace import Workspace, workspace_at
from reconciler.core.model.live import Live, Marks, State
from reconciler.core.model.spec import Spec
from reconciler.core.model.target import Target
from reconciler.core.planning.explain.explanation import LastApplied
from tests.support.hello import write_hello
from tests.support.repositories import commit, git
from tests.support.workspace import make


@pytest.fixture
def history(tmp_path: Path):
    """A repository in a folder of a git repository, with two commits: first `one`, then `two`."""
    git(tmp_path, "init", "-q", "-b", "main")
    made = make(tmp_path / "serving")
    write_hello(made, description="one")
    first = commit(tmp_path)
    then = read(*at(made.root))
    write_hello(made, factor=3, description="two")
    commit(tmp_path)
    return made, first, then


def at(root: Path, environment: Mapping[str, str] = MappingProxyType({})) -> tuple[Workspace, Target]:
    return workspace_at(root, "local", environment)


def read(workspace: Workspace, target: Target) -> Spec:
    (spec,) = hashed_specs(workspace, target, ())
    return spec


def look(root: Path, marks: Marks, environment: Mapping[str, str] = MappingProxyType({})) -> LastApplied:
    workspace, target = at(root, environment)
    live = Live("ocid1", "hello", State.ACTIVE, None, None, marks=marks)
    return last_applied(workspace, target, read(workspace, target), live, lambda message: None)


def test_the_same_manifest(history) -> None:
    made, *_ = history
    now = read(*at(made.root))
    found = look(made.root, Marks("tests", "hello", now.applied_mark, "0" * 40))
    assert found == LastApplied(now.configuration, spec=now)


@pytest.mark.parametrize("ending", ["", "-dirty"])
def test_the_manifest_of_the_marked_revision(history, ending: str) -> None:
    made, first, then = history
    found = look(made.root, Marks("tests", "hello", then.applied_mark, first + ending))
    assert found.spec is not None
    assert found == LastApplied(then.configuration, spec=found.spec)
    assert (found.configuration.description, found.configuration.artifact) == ("one", then.artifact.digest)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"revision": "0" * 40}, "is not in this clone"),
        ({"revision": None}, "no revision is marked on it"),
        ({"applied": "0" * 64}, "says something else"),
        ({"applied": None}, "nothing of ours was applied"),
        ({"owner": "somebody"}, "nothing of ours was applied"),
        ({"name": "another"}, "has no manifest of this name"),
    ],
)
def test_the_reason_is_told_when_it_is_unknown(history, changes, why: str) -> None:
    made, first, then = history
    marks = replace(Marks("tests", "hello", then.applied_mark, first), **changes)
    found = look(made.root, marks)
    assert found.configuration is None
    assert why in found.unknown


def test_a_revision_that_was_invalid(history) -> None:
    made, _, then = history
    made.write("manifests/hello.yaml", "kind: ModelDeployment\napiVersion: reconciler.oci/v1\nspec: 3\n")
    bad = commit(made.root)
    write_hello(made, description="three")
    found = look(made.root, Marks("tests", "hello", then.applied_mark, bad))
    assert found.unknown.startswith(f"revision {bad} cannot be read: ")
    assert "/tmp" not in found.unknown


def test_outside_of_git(tmp_path: Path) -> None:
    made = make(tmp_path)
    write_hello(made)
    assert "not in this clone" in look(made.root, Marks("tests", "hello", "0" * 64, "0" * 40)).unknown


OF_THEN = """\
  server: {env: {AA: "{{ env.X }}", BB: "{{ env.Y }}", CC: "{{ env.X | default('d') }}"}}
"""


@pytest.mark.parametrize("listed", ["[Y]", "[]", None])
def test_a_secret_that_may_not_be_taken_today_is_not_looked_up(tmp_path: Path, listed: str | None) -> None:
    """Whatever the settings said when the manifest was applied."""
    git(tmp_path, "init", "-q", "-b", "main")
    made = make(tmp_path / "serving")
    settings = (made.root / "reconciler.yaml").read_text()
    write_hello(made)
    manifest = (made.root / "manifests/hello.yaml").read_text()
    made.write("manifests/hello.yaml", manifest + OF_THEN)
    made.write("reconciler.yaml", f"{settings}secrets: [X, Y]\n")
    first, then = commit(made.root), read(*at(made.root))
    made.write("manifests/hello.yaml", manifest)
    made.write("reconciler.yaml", settings + (f"secrets: {listed}\n" if listed else ""))
    known = {"X": "the secret of today", "Y": "another of them"}
    found = look(made.root, Marks("tests", "hello", then.applied_mark, first), known)
    asked = dict(found.configuration.container.environment)
    allowed = ("X", "Y") if listed is None else ("Y",) if "Y" in listed else ()
    assert {name: asked[name].value for name in ("AA", "BB", "CC")} == {
        "AA": known["X"] if "X" in allowed else None,
        "BB": known["Y"] if "Y" in allowed else None,
        "CC": known["X"] if "X" in allowed else None,
    }
