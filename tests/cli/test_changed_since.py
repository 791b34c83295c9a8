"""`--changed-since` on the command line: what is planned, what is said, how it goes with the other words."""

import json
from pathlib import Path

import pytest

from tests.support.bare import ELSEWHERE, start_bare, write_model
from tests.support.hello import MANIFEST
from tests.support.repositories import commit, git
from tests.support.workspace import Workspace, make, stop


def ask_for(made: Workspace, name: str, description: str = "one") -> None:
    text = MANIFEST.replace("name: hello", f"name: {name}").replace("DESCRIPTION", description)
    made.write(f"manifests/{name}.yaml", f"{text}  server: {{env: {json.dumps(ELSEWHERE)}}}\n")


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory, emulator_installed: None):
    """Four deployments that exist, one of which no manifest names any more."""
    made = make(tmp_path_factory.mktemp("since"))
    write_model(made, "manifests/hello", "a model")
    for name in ("hello", "other", "gone", "third"):
        ask_for(made, name)
    made.write(".gitignore", ".reconciler/\n")
    git(made.root, "init", "--quiet")
    commit(made.root)
    start_bare(made)
    made.run("apply", "--yes")
    (made.root / "manifests/third.yaml").unlink()
    commit(made.root)
    yield made
    stop(made)


@pytest.fixture
def made(applied: Workspace):
    yield applied
    git(applied.root, "checkout", "--quiet", "--force", ".")
    git(applied.root, "clean", "--quiet", "--force")


def planned(made: Workspace, *words: str, code: int = 0) -> tuple[dict[str, str], str]:
    """What is done with what is in the plan, and what is said beside it."""
    done = made.run("plan", "--changed-since", "HEAD", *words, "--format", "json", code=code)
    return {item["name"]: item["action"] for item in done.json["deployments"]}, done.err


def test_nothing_has_changed(made: Workspace) -> None:
    """The orphan was one at that revision already, and stays."""
    made.write("manifests/hello.yaml", f"# words\n{(made.root / 'manifests/hello.yaml').read_text()}")
    commit = git(made.root, "rev-parse", "HEAD")[:12]
    said = f"note: since HEAD ({commit}) nothing has changed that a deployment of target local is made of\n"
    assert planned(made) == ({}, said)
    assert planned(made, "--detailed-exitcode") == ({}, said)
    assert made.run("apply", "--changed-since", "HEAD").code == 0


def test_what_has_changed_and_nothing_else(made: Workspace) -> None:
    ask_for(made, "hello", "two")
    (made.root / "manifests/gone.yaml").unlink()
    actions, said = planned(made)
    assert actions == {"hello": "update", "gone": "delete"}
    assert ") 2 deployments can have changed, and nothing else is planned; 1 other manifest left out" in said
    assert planned(made, "--only", "hello")[0] == {"hello": "update"}
    assert planned(made, "--only", "gone")[0] == {"gone": "delete"}
    actions, said = planned(made, "--only", "other", "--only", "third")
    assert actions == {}
    assert "note: --only other, third: not planned, because nothing that has changed since HEAD" in said
    assert planned(made, "manifests/hello.yaml")[0] == {"hello": "update"}
    assert planned(made, "manifests/other.yaml")[0] == {}
    assert "third" in made.run("plan", "--changed-since", "HEAD~1", "--format", "json", code=5).out


def test_what_is_not_for_the_target_is_told_when_that_has_changed(made: Workspace) -> None:
    text = (made.root / "manifests/other.yaml").read_text()
    made.write("manifests/other.yaml", f"{text}targets: {{local: null}}\n")
    actions, said = planned(made)
    assert actions == {}
    assert "other is not for target local, and a deployment of ours is there" in said
    commit(made.root)
    assert "is not for target" not in planned(made)[1]
    git(made.root, "reset", "--quiet", "--hard", "HEAD~1")


def test_all_manifests_gone_is_still_taken_for_a_mistake(made: Workspace) -> None:
    for file in (made.root / "manifests").glob("*.yaml"):
        file.unlink()
    done = made.run("plan", "--changed-since", "HEAD", code=5)
    assert "no manifest was found at all" in done.out + done.err


def test_what_cannot_be_told_is_said(made: Workspace) -> None:
    good = (made.root / "manifests/hello.yaml").read_text()
    made.write("manifests/hello.yaml", good.replace("tag:", "tags:"))
    commit(made.root)
    made.write("manifests/hello.yaml", good)
    actions, said = planned(made)
    git(made.root, "reset", "--quiet", "--hard", "HEAD~1")
    assert actions == {"hello": "nothing"}
    assert (
        "cannot be compared, so what it is about counts as changed: manifests/hello.yaml:5:10: spec" in said
    )
    failed = made.run("plan", "--changed-since", "nope", code=1)
    assert "error: --changed-since: revision nope is not in this clone: git fetch" in failed.err


def test_a_saved_plan_says_already_what_it_is_about(made: Workspace, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    ask_for(made, "hello", "two")
    made.run("plan", "--changed-since", "HEAD", "--out", str(plan))
    refused = made.run("apply", "--plan", str(plan), "--changed-since", "HEAD", code=None)
    assert refused.code != 0
    assert "--plan excludes PATH, --set, --only, --changed-since and --retry-failed" in refused.err
