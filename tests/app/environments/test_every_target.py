"""Several targets at once: `validate` for each of them, and `plan -t all`, where the trouble of one target
does not hide the plans of the others.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.app import connecting
from reconciler.core.model.errors import Failed, SetupError
from tests.support.drive import apply_on
from tests.support.hello import MANIFEST, write_hello
from tests.support.memory import MemoryCloud
from tests.support.reaching import reaches
from tests.support.schemas import fits
from tests.support.workspace import SETTINGS, Done, Workspace, make

TENANCIES = "".join(
    f"  {name}: {{region: us-ashburn-1, compartment: ocid1.compartment.oc1..{name}, project: tests}}\n"
    for name in ("staging", "prod")
)
TARGETS = "targets:\n  prod: {spec: {scaling: {instances: 3}}}\n  staging: {metadata: {description: trial}}\n"

Clouds = dict[str, MemoryCloud | Exception]


@pytest.fixture
def clouds(monkeypatch: pytest.MonkeyPatch) -> Clouds:
    """One for each target; or what its sign-in ends with."""
    found: Clouds = {name: MemoryCloud() for name in ("local", "staging", "prod")}
    connections: dict[str, Callable[..., Any]] = {}

    def connect(target: Any, say: Any) -> Any:
        cloud = found[target.name]
        if isinstance(cloud, Exception):
            raise cloud
        reaches(monkeypatch, cloud)
        connections[target.name] = connecting.connect
        monkeypatch.setattr(connecting, "connect", connect)
        return connections[target.name](target, say)

    monkeypatch.setattr(connecting, "connect", connect)
    return found


@pytest.fixture
def made(tmp_path: Path, clouds: Clouds) -> Workspace:
    workspace = make(tmp_path)
    workspace.write("reconciler.yaml", SETTINGS + TENANCIES)
    write_hello(workspace)
    workspace.write("manifests/hello.yaml", MANIFEST + TARGETS)
    (workspace.root / ".reconciler").mkdir()
    return workspace


def run(workspace: Workspace, *words: str, code: int = 0) -> Done:
    """In this process, where the clouds are."""
    from tests.support.inside import run_inside

    ended, out, err = run_inside(words, workspace.root, {"GITHUB_ACTIONS": ""}, b"")
    assert ended == code, (out.decode(), err.decode())
    return Done(ended, out.decode(), err.decode())


def plans(workspace: Workspace, *words: str, code: int = 0) -> dict[str, Any]:
    document = run(workspace, "plan", "-t", "all", "--format", "json", *words, code=code).json
    assert document["exitCode"] == code
    for one in document["targets"].values():
        if "plan" in one:
            fits(one["plan"])
    return dict(document["targets"])


def actions(one: dict[str, Any]) -> dict[str, str]:
    return {item["name"]: item["action"] for item in one["plan"]["deployments"]}


def test_every_target_is_planned_with_its_own_patch(made: Workspace) -> None:
    found = plans(made)
    assert list(found) == ["local", "staging", "prod"]
    instances = {
        target: next(
            step["configuration"]["scaling"]["instances"]
            for step in steps(one)
            if step["step"] == "createDeployment"
        )
        for target, one in found.items()
    }
    assert instances == {"local": 1, "staging": 1, "prod": 3}


def steps(one: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for item in one["plan"]["deployments"] for step in item["steps"]]


def test_they_are_told_one_after_another(made: Workspace) -> None:
    out = run(made, "plan", "-t", "all").out
    places = [
        out.index(words) for words in ("== local ==", "Plan for target local", "== staging ==", "== prod ==")
    ]
    assert places == sorted(places)
    assert out.count("Plan: 1 to create.") == 3
    assert run(made, "plan", "-t", "all", "--format", "markdown").out.count("\n## ") == 2


def test_the_trouble_of_one_target_hides_no_other(made: Workspace, clouds: Clouds) -> None:
    clouds["staging"] = SetupError("no key for staging\n    make one")
    done = run(made, "plan", "-t", "all", code=1)
    assert done.out.count("Plan: 1 to create.") == 2
    assert "== staging ==\nNo plan: no key for staging\n" in done.out
    assert "error: no key for staging\n    make one\n" in done.err
    found = plans(made, code=1)
    assert found["staging"] == {
        "exitCode": 1,
        "error": {
            "kind": "SetupError",
            "message": "no key for staging\n    make one",
            "exitCode": 1,
            "meaning": "failed",
        },
    }
    assert (found["prod"]["exitCode"], actions(found["prod"])) == (0, {"hello": "create"})
    clouds["local"] = KeyError("what nobody foresees")
    assert "error: a bug: KeyError" in run(made, "plan", "-t", "all", code=1).err


def test_words_of_others_are_no_markdown(made: Workspace, clouds: Clouds) -> None:
    clouds["staging"] = SetupError("<img src=x> @everybody **now**")
    out = run(made, "plan", "-t", "all", "--format", "markdown", code=1).out
    assert "No plan: &#60;img src&#61;x&#62;" in out
    assert not any(words in out for words in ("<img", "@everybody", "**now**"))


def test_the_heaviest_exit_code_counts(made: Workspace, clouds: Clouds) -> None:
    assert {one["exitCode"] for one in plans(made, "--detailed-exitcode", code=2).values()} == {2}
    made.write(
        "manifests/hello.yaml", MANIFEST + TARGETS.replace("instances: 3", "instances: '{{ values.n }}'")
    )
    found = plans(made, "--detailed-exitcode", code=3)
    assert {target: one["exitCode"] for target, one in found.items()} == {"local": 2, "staging": 2, "prod": 3}
    assert "values.n is not defined" in found["prod"]["error"]["message"]
    clouds["local"] = Failed("no")
    assert plans(made, code=1)["prod"]["exitCode"] == 3


def test_a_plan_is_saved_for_one_target(made: Workspace) -> None:
    refused = run(made, "plan", "-t", "all", "--out", "plan.json", code=1)
    assert "--out saves the plan for one target" in refused.err
    assert not (made.root / "plan.json").exists()
    assert "Every target at once is for plan alone" in run(made, "status", "-t", "all", code=1).err


def test_no_target_is_called_all(made: Workspace) -> None:
    made.write("reconciler.yaml", SETTINGS + TENANCIES.replace("staging", "all"))
    refused = run(made, "validate", code=3)
    assert "a target cannot be named 'all'" in refused.err


def test_what_is_not_for_a_target_is_left_alone_there(made: Workspace, clouds: Clouds) -> None:
    """It is no orphan, although no manifest is for it; and the plan says so."""
    from reconciler.app import planning
    from reconciler.app.desired import PlanRequest
    from reconciler.app.workspace import workspace_at

    for target in ("staging", "prod"):
        there, chosen = workspace_at(made.root, target, {})
        apply_on(clouds[target], planning.plan(there, chosen, PlanRequest(), lambda message: None).plan)
    made.write("manifests/hello.yaml", MANIFEST + "targets: {staging: null}\n")
    done = run(made, "plan", "-t", "staging")
    assert done.out.endswith("Nothing to do.\n")
    assert (
        "manifests/hello.yaml:8:11: warning: hello is not for target staging, and a deployment of ours is"
        in done.err
    )
    assert "reconcile destroy hello -t staging" in done.err
    assert actions(plans(made)["staging"]) == {}
    assert actions(plans(made, "--only", "hello")["staging"]) == {}
    assert run(made, "plan", "-t", "local").err == ""
    (made.root / "manifests/hello.yaml").unlink()
    assert actions(
        {"plan": run(made, "plan", "-t", "staging", "--format", "json", code=5).json}
    )  # now it is one


def test_validate_looks_at_every_target_and_tells_each_finding_once(made: Workspace) -> None:
    assert run(made, "validate").out == "1 manifest valid for each of the targets local, staging, prod\n"
    assert run(made, "validate", "-t", "prod").out == "1 manifest valid\n"
    wrong = MANIFEST.replace("memoryGBs: 8", "memoryGBs: many") + TARGETS.replace(
        "instances: 3", "instances: 0"
    )
    made.write("manifests/hello.yaml", wrong)
    done = run(made, "validate", code=3)
    everywhere, in_one = (line for line in done.err.split("\n") if line.startswith("manifests/"))
    assert everywhere == "manifests/hello.yaml:7:63: spec.instance.memoryGBs must be a number, not text"
    assert in_one.startswith("manifests/hello.yaml:9:38: spec.scaling.instances must be between 1 and")
    assert in_one.endswith("not 0 (target prod)")
    document = run(made, "validate", "--format", "json", code=3)
    assert len(json.loads(document.out)["problems"]) == 2
    assert "instances" not in run(made, "validate", "-t", "staging", code=3).err


def test_validate_tells_what_is_wrong_with_the_settings_once(made: Workspace) -> None:
    made.write(
        "reconciler.yaml",
        SETTINGS.replace("owner: tests", "owner: No Name") + TENANCIES + "  x: {region: y}\n",
    )
    done = run(made, "validate", code=3)
    assert done.err.count("reconciler.yaml:3:8: owner must be") == 1
    assert "targets.x" in done.err
    assert "(target" not in done.err
