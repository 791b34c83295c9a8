"""How an apply ends when safety rules refuse all of a plan, or a part of it."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from reconciler.app.applying import Outcome, ReadyPlan
from reconciler.cli.carrying_out import carry_out
from reconciler.cli.shared_options import ApplyOptions
from reconciler.core.model.errors import Exit, Failed, Refused, StalePlan, heaviest
from reconciler.core.model.live import Live, Marks, State
from reconciler.core.model.target import Safety
from reconciler.core.planning.events import DeploymentFailed
from reconciler.core.planning.plan import Action, DeploymentPlan, Plan
from reconciler.core.planning.removal import plan_destroy
from tests.support.applied import alive, deployed
from tests.support.drive import FakeProber, desired, plan_on, spec
from tests.support.memory import MemoryCloud
from tests.support.reaching import reached

THEIRS = Live("ocid1.deployment.theirs", "theirs", State.ACTIVE, None, None, "project-1", Marks("other", "x"))


def cloud_with(*names: str) -> MemoryCloud:
    """These are ours; `theirs` is somebody else's."""
    cloud = MemoryCloud(reads=1)
    deployed(cloud, *(spec(name) for name in names))
    cloud.put(THEIRS)
    return cloud


def again(left: Sequence[str]) -> str:
    return "reconcile apply"


def run(cloud: MemoryCloud, plan: Plan, form: str = "text") -> int:
    ready = ReadyPlan(plan, Path("/nowhere"), reached(cloud, FakeProber()))
    return carry_out(ready, ApplyOptions(yes=True, parallel=4, form=form), again)


def names(cloud: MemoryCloud) -> set[str]:
    return {live.display_name for live in alive(cloud)}


def test_unblocked_deployments_are_applied_and_blocked_ones_are_told_last(capsys) -> None:
    cloud = cloud_with("a")
    assert run(cloud, plan_on(cloud, desired(spec("a"), spec("new"), spec("theirs")))) == Exit.REFUSED
    assert names(cloud) == {"a", "new", "theirs"}
    assert cloud.deployments[THEIRS.ocid] == THEIRS
    told = capsys.readouterr().err.strip().splitlines()
    assert told[-5].startswith("blocked: theirs: a deployment with this name exists already (")
    assert told[-4:] == [
        "    - choose another metadata.name",
        "    - delete it",
        "    - set safety.ownership.update: adopt-all in reconciler.yaml, if it is to be managed from here",
        "    - change `owner` in reconciler.yaml back to 'other', if it was changed",
    ]


def test_a_plan_with_only_blocked_deployments_sends_nothing_and_says_why(capsys) -> None:
    cloud = cloud_with("a")
    before = list(cloud.writes)
    assert run(cloud, plan_on(cloud, desired(spec("a"), spec("theirs")))) == Exit.REFUSED
    assert cloud.writes == before
    assert "blocked: theirs: " in capsys.readouterr().err


def test_a_failure_weighs_more_than_a_refusal(capsys) -> None:
    cloud = cloud_with("a")
    cloud.bad_artifacts = {spec("bad", "bad").artifact.digest}
    made = plan_on(cloud, desired(spec("a"), spec("bad", "bad"), spec("theirs")))
    assert run(cloud, made, "json") == Exit.FAILED
    told = capsys.readouterr()
    assert told.err.index("error: ") < told.err.index("blocked: theirs")
    document = json.loads(told.out)
    results = {item["name"]: (item["result"], len(item["refusals"])) for item in document["deployments"]}
    assert results == {"a": ("nothing", 0), "bad": ("failed", 0), "theirs": ("blocked", 1)}
    assert document["refusals"] == []


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_refused_plan_sends_nothing_at_all(capsys, form: str) -> None:
    cloud = cloud_with("a", "b")
    before = list(cloud.writes)
    plan = plan_on(cloud, desired(spec("new"), safety=Safety(max_deletes=1)))
    with pytest.raises(Refused, match=r"2 deployments would be deleted or replaced.*Nothing was sent"):
        run(cloud, plan, form)
    assert cloud.writes == before
    if form == "json":
        document = json.loads(capsys.readouterr().out)
        assert "maxDeletes: 2" in document["refusals"][0]["choices"][0]
        assert {item["result"] for item in document["deployments"]} == {"not begun"}


def test_destroy_deletes_ours_and_says_why_others_are_blocked(capsys) -> None:
    cloud = cloud_with("a", "b")
    kept = next(live for live in alive(cloud) if live.display_name == "b")
    cloud.put(
        Live(
            kept.ocid,
            "b",
            kept.state,
            kept.configuration,
            kept.model_id,
            "project-1",
            Marks("acme", "b", protect=True),
        )
    )
    plan = plan_destroy("test", "acme", ["a", "b", "theirs"], cloud.snapshot())
    assert run(cloud, plan) == Exit.REFUSED
    assert names(cloud) == {"b", "theirs"}
    told = capsys.readouterr().err
    assert "blocked: b: b is protected" in told
    assert "blocked: theirs: " in told


@pytest.mark.parametrize(
    ("codes", "heavier"),
    [
        ((), Exit.DONE),
        ((Exit.REFUSED, Exit.STALE), Exit.STALE),
        ((Exit.REFUSED, Exit.STALE, Exit.FAILED), Exit.FAILED),
        ((Exit.DIFFERENCES, Exit.REFUSED), Exit.REFUSED),
        ((Exit.DONE, Exit.DIFFERENCES), Exit.DIFFERENCES),
    ],
)
def test_the_most_serious_of_several_exit_codes_counts(codes: tuple[Exit, ...], heavier: Exit) -> None:
    assert heaviest(codes) is heavier
    assert heaviest(reversed(codes)) is heavier


def test_the_exit_code_of_an_outcome_considers_every_deployment() -> None:
    """Two deployments with different ends once counted as failed, whatever their ends were."""
    stale, refused = (DeploymentFailed(name, error("x"), 1.0) for name, error in ENDS)
    assert Outcome((stale, refused)).exit is Exit.STALE
    assert Outcome((stale, DeploymentFailed("c", Failed("x"), 1.0))).exit is Exit.FAILED
    assert Outcome((), (DeploymentPlan("a", Action.BLOCKED, "x"),)).exit is Exit.REFUSED


ENDS = (("a", StalePlan), ("b", Refused))
