"""The command that completes an interrupted run: it is about the deployments that are left, and no others."""

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.cli.resuming import after_apply, after_destroy, after_saved_plan
from reconciler.cli.shared_options import PlanOptions
from reconciler.core.model.live import Marks
from reconciler.core.model.target import Safety
from reconciler.core.planning.plan import Action, DeploymentPlan
from reconciler.core.planning.steps import DeleteDeployment, DeleteModel
from tests.support.reviews import OWNER, World, spec

WORLD = World().of(spec("vision")).of(spec("old")).of(spec("older"))
PLAN = WORLD.plan(spec("vision", description="new"), spec("new"), safety=Safety(max_deletes=9))
OLD = "ocid1.datasciencemodeldeployment.oc1.iad.old"


def left(*names: str) -> list[DeploymentPlan]:
    return [item for item in PLAN.deployments if item.name in names]


def without_delete(item: DeploymentPlan) -> DeploymentPlan:
    """Its deployment is deleted, its catalog models are not."""
    steps = tuple(step for step in item.steps if not isinstance(step, DeleteDeployment))
    return replace(item, steps=steps)


@pytest.fixture(autouse=True)
def at_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def saved(*names: str, target: str | None = None) -> str:
    return after_saved_plan(Path("p.json"), Path.cwd(), target, (), left(*names))


def test_after_a_saved_plan_only_what_is_left_is_planned_anew() -> None:
    """The command once planned everything, with deletes, whatever the saved plan was made for."""
    assert saved("new", "vision") == (
        "reconcile plan manifests/new.yaml manifests/vision.yaml --out p.json --only new --only vision"
        " && reconcile apply --plan p.json"
    )
    assert saved("vision", target="prod") == (
        "reconcile plan manifests/vision.yaml -t prod --out p.json --only vision"
        " && reconcile apply --plan p.json -t prod"
    )


def test_an_orphan_is_named_by_its_ocid_and_confirmed_again() -> None:
    assert saved("new", "old") == (
        f"reconcile plan --out p.json --only new --only {OLD} --confirm {OLD}"
        f" && reconcile apply --plan p.json --confirm {OLD}"
    )


def test_the_manifest_is_found_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    told = after_saved_plan(Path("p.json"), tmp_path, None, (), left("new"))
    assert told.startswith("reconcile plan ../manifests/new.yaml ")


def test_a_deployment_that_is_deleted_already_is_not_named() -> None:
    """Its name is unknown then, and the command would fail."""
    (gone,) = map(without_delete, left("old"))
    assert after_saved_plan(Path("p.json"), Path.cwd(), None, (), [gone]) == ""
    assert OLD not in after_saved_plan(Path("p.json"), Path.cwd(), None, (), [gone, *left("new")])
    assert after_apply(PlanOptions(only=("old", "new")), [gone, *left("new")]) == "reconcile apply --only new"
    assert after_apply(PlanOptions(only=("old",)), [gone]) == ""
    assert after_apply(PlanOptions(confirmed=("old",)), [gone]) == "reconcile apply"


def test_what_is_left_of_a_saved_clean_up_is_cleaned_up_anew() -> None:
    item = DeploymentPlan("vision", Action.CLEAN_UP, "", steps=(DeleteModel("ocid1.model", False),))
    told = after_saved_plan(Path("p.json"), Path.cwd(), "prod", (), [item])
    assert told == "reconcile gc -t prod"


def test_an_apply_keeps_its_options() -> None:
    given = PlanOptions((Path("manifests/a b.yaml"),), retry_failed=True, target="prod")
    assert shlex.split(after_apply(given, left("new"))) == [
        *("reconcile", "apply", "manifests/a b.yaml", "-t", "prod", "--retry-failed")
    ]
    assert after_apply(PlanOptions(), left("new")) == "reconcile apply"
    since = after_apply(PlanOptions(changed_since="HEAD~1"), left("new"))
    assert since == "reconcile apply --changed-since 'HEAD~1'"


def test_of_the_named_deployments_only_those_that_are_left_are_named_again() -> None:
    """The others may be gone, and an unknown name is an error."""
    given = PlanOptions(only=("old", "older", "new"), confirmed=("old", "older"))
    assert after_apply(given, left("new", "old")) == (
        f"reconcile apply --confirm old --only new --only {OLD}"
    )


def test_of_two_deployments_with_one_name_the_right_ocid_is_named() -> None:
    copy = replace(WORLD.deployments[1][0], ocid="ocid1.copy", marks=Marks(OWNER, "old"))
    world = replace(WORLD, deployments=(*WORLD.deployments, (copy, spec("old"))))
    plan = world.plan(spec("vision"), confirmed=frozenset({"ocid1.copy"}), safety=Safety(max_deletes=9))
    (item,) = (item for item in plan.with_action(Action.DELETE) if item.name == "old")
    assert "--only ocid1.copy --confirm ocid1.copy" in after_saved_plan(
        Path("p.json"), Path.cwd(), None, (), [item]
    )


def test_destroy_names_what_is_left_in_the_users_words() -> None:
    assert after_destroy(("old", "vision"), "prod", left("old")) == "reconcile destroy old -t prod"
    assert after_destroy((OLD, "vision"), None, left("old")) == f"reconcile destroy {OLD}"
