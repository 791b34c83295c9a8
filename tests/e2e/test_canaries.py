"""Law 8, hunted for: a model server that tells its secrets in every way, all verbs, all formats, saved plans
and tags; and none of the secrets comes out.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import oci
import pytest

from tests.support.canaries import ALL, LONG, SHORT, SPEAKING, found
from tests.support.hello import BODY, LOGS, ask_for, live_of, probe
from tests.support.workspace import Done, Workspace, make, stop

SECRETS = {f"{name}_KEY": f"{{{{ env.X_{name} }}}}" for name in ALL}
ENV = {f"X_{name}": value for name, value in ALL.items()}

LOOKS = [
    ("plan",),
    ("plan", "--retry-failed", "--format", "json", "--out", "plan.json"),
    ("explain", "hello", "--format", "json"),
    ("status", "--probe"),
]
MORE_LOOKS = [
    ("validate",),
    ("validate", "--format", "json"),
    ("plan", "--format", "json"),
    ("plan", "--retry-failed", "--format", "markdown"),
    ("status", "--probe", "--format", "json"),
    ("explain", "hello"),
    ("drift", "--format", "json"),
    ("drift", "--format", "markdown"),
    ("history", "hello"),
    ("history", "hello", "--format", "json"),
    ("emulator", "status"),
    ("emulator", "status", "--format", "json"),
    ("build", "--out", "built"),
    ("render",),
    ("render", "--format", "json"),
    ("plan", "-t", "all", "--format", "json"),
    ("plan", "--compare", "plan.json", "--format", "json"),
    ("plan", "--compare", "manifests", "--format", "markdown"),
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = make(tmp_path_factory.mktemp("canaries"))
    yield workspace
    stop(workspace)


def run(workspace: Workspace, *arguments: str, stdin: bytes = b"") -> Done:
    """Whatever it ends with, nothing of it holds a secret."""
    done = workspace.run(*arguments, code=None, stdin=stdin, env={**ENV, "GITHUB_ACTIONS": "true"})
    assert found(done.out + done.err) == [], (arguments, done)
    return done


def look_everywhere(workspace: Workspace, more: Sequence[tuple[str, ...]] = ()) -> None:
    for arguments in (*LOOKS, *more):
        run(workspace, *arguments)
    run(workspace, "predict", "hello", "--model", "m", "--input", "-", stdin=BODY.encode())
    assert found((workspace.root / "plan.json").read_text()) == []
    for resource in [*live_of(workspace), *workspace.catalog()]:
        told = oci.util.to_dict(resource)
        parts = {
            name: told.get(name) for name in ("display_name", "description", "freeform_tags", "defined_tags")
        }
        assert found(json.dumps(parts, ensure_ascii=False)) == []


def look_at_comments(workspace: Workspace, result: Done) -> None:
    """What would be posted on GitHub about the saved plan, the result of an apply, and drift."""
    workspace.write("result.json", result.out)
    workspace.write("drift.json", run(workspace, "drift", "--format", "json").out)
    for words in (
        ("--plan", "plan.json", "--base", "HEAD"),
        ("--result", "result.json"),
        ("--drift", "drift.json"),
    ):
        assert run(workspace, "comment", *words, "--print").code == 0


def speak(workspace: Workspace, which: dict[str, str], mode: str, **spec: Any) -> None:
    names = ".".join(f"{name}_KEY" for name in which)
    ask_for(
        workspace, code=SPEAKING, logs=LOGS, server={"env": {**SECRETS, "WHICH": names, "MODE": mode}}, **spec
    )


def when_it_is_created_and_while_it_serves(
    workspace: Workspace, which: dict[str, str], more: Sequence[tuple[str, ...]]
) -> None:
    speak(workspace, which, "load")
    done = run(workspace, "apply", "--yes", "--retry-failed", "--format", "json")
    assert done.code == 1
    assert "cannot log in with" in done.out + done.err or "withheld" in done.out + done.err
    look_everywhere(workspace, more)
    look_at_comments(workspace, done)
    speak(workspace, which, "serve")
    assert run(workspace, "apply", "--yes", "--retry-failed").code == 0
    look_everywhere(workspace)


def test_no_short_one_comes_out(workspace: Workspace) -> None:
    when_it_is_created_and_while_it_serves(workspace, SHORT, ())
    assert run(workspace, "destroy", "hello", "--yes").code == 0


def test_none_comes_out(workspace: Workspace) -> None:
    when_it_is_created_and_while_it_serves(workspace, LONG, MORE_LOOKS)
    # when something else is changed, and what it answers is wrong
    speak(workspace, LONG, "serve", rollout={"probes": [probe(workspace, 14.0)]}, scaling={"instances": 2})
    done = run(workspace, "apply", "--yes")
    assert done.code == 1
    assert "the probes fail" in done.out + done.err
    # when something else is changed, and it does not start
    speak(workspace, LONG, "load")
    done = run(workspace, "apply", "--yes", "--retry-failed", "--format", "json")
    assert done.code == 1
    look_everywhere(workspace)
    # when the manifest has none of them any more, and they are live
    ask_for(workspace, code=SPEAKING, logs=LOGS, server={"env": {"WHICH": "WHICH", "MODE": "serve"}})
    look_everywhere(workspace)
    (workspace.root / "manifests/hello.yaml").unlink()
    look_everywhere(workspace)
    assert run(workspace, "destroy", "hello", "--yes", "--format", "json").code == 0
