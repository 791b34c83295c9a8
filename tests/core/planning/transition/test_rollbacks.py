"""The rollbacks that each plan holds, and when a plan says that all is as desired."""

from dataclasses import replace

import pytest

from reconciler.core.model.configuration import Bandwidth, Secret
from reconciler.core.model.live import State
from reconciler.core.model.spec import Downtime, OnFailure, Rollout
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.plan import Action, DeploymentPlan, Rollback
from reconciler.core.planning.steps import (
    CreateDeployment,
    KeepModel,
    PublishedModel,
    UpdateDeployment,
    WaitFor,
)
from tests.support.reviews import PROBE, SUBNET, TWO, World, models, spec
from tests.support.transitions import (
    ALLOW,
    HIDDEN,
    JUNE,
    LOGS,
    OTHER_IMAGE,
    kinds,
    planned,
    the,
    updates,
    with_variables,
)


def chain(on_failure: OnFailure = OnFailure.ROLLBACK) -> DeploymentPlan:
    """Logs, container, models, bandwidth down."""
    rollout = Rollout(on_failure=on_failure)
    desired = spec(artifact=JUNE, rollout=rollout, container=OTHER_IMAGE, logs=LOGS, bandwidth=Bandwidth(5))
    return planned(desired)


def test_each_update_but_logs_has_its_way_back_to_what_was_there_just_before() -> None:
    item = chain()
    before = [World().of(spec()).snapshot.deployments[0].configuration]
    before += [update.configuration for update in updates(item.steps)]
    places = [at for at, step in enumerate(item.steps) if isinstance(step, UpdateDeployment)]
    assert [rollback.step for rollback in item.rollbacks] == places[1:]
    for number, rollback in enumerate(item.rollbacks, start=1):
        (back,) = updates(rollback.steps)
        assert before[number] is not None
        assert without_variables(back) == without_variables(replace(back, configuration=before[number]))
        assert rollback.steps[-1] == WaitFor(State.ACTIVE)
    names = [kinds(rollback.steps) for rollback in item.rollbacks]
    assert names == [["METADATA+CONTAINER"], ["METADATA+CORE"], ["METADATA+BANDWIDTH"]]


def without_variables(update: UpdateDeployment) -> object:
    container = replace(update.configuration.container, environment=None)
    return replace(update.configuration, container=container)


def test_the_way_back_runs_the_models_that_ran_before() -> None:
    live = World().of(spec()).snapshot.deployments[0]
    keep = KeepModel(live.model_id or "")
    container, core, bandwidth = (updates(rollback.steps)[0] for rollback in chain().rollbacks)
    assert (container.model, core.model) == (keep, keep)
    assert bandwidth.model == PublishedModel(JUNE.digest)


def test_the_end_of_the_way_back_marks_what_failed_and_keeps_the_other_marks() -> None:
    item = chain()
    live = World().of(spec()).snapshot.deployments[0]
    found = [updates(rollback.steps)[0] for rollback in item.rollbacks]
    assert found[0].marks == replace(live.marks, failed=item.failed)
    assert [back.marks.failed for back in found[1:]] == [None, None]
    assert item.failed
    for back in found:
        assert replace(back.marks, failed=None) == live.marks
        assert OptionGroup.METADATA in back.option_groups


def test_no_way_back_where_none_is_wanted() -> None:
    assert chain(OnFailure.STOP).rollbacks == ()


def test_networking_has_no_way_back() -> None:
    item = planned(spec(network=SUBNET, container=OTHER_IMAGE, rollout=Rollout()))
    assert [kinds(rollback.steps) for rollback in item.rollbacks] == [["METADATA+CONTAINER"]]
    (back,) = updates(item.rollbacks[0].steps)
    assert back.configuration.network == SUBNET


def back_of_a_stop(**live: object) -> Rollback:
    """Of a change of all groups, done while nobody is served."""
    changes = {"logs": LOGS, "network": SUBNET, "container": OTHER_IMAGE, "bandwidth": Bandwidth(5)}
    desired = spec(artifact=models("x", TWO), rollout=ALLOW, **changes)
    (rollback,) = planned(desired, **live).rollbacks
    return rollback


def test_after_a_stop_the_way_back_stops_goes_back_and_starts() -> None:
    rollback = back_of_a_stop()
    assert kinds(rollback.steps) == ["Deactivate", "METADATA+BANDWIDTH+CONTAINER+CORE", "Activate"]


def test_one_that_was_inactive_is_inactive_again() -> None:
    rollback = back_of_a_stop(state=State.INACTIVE)
    assert kinds(rollback.steps) == ["Deactivate", "METADATA+BANDWIDTH+CONTAINER+CORE"]
    (back,) = updates(rollback.steps)
    assert back.marks.failed


@pytest.mark.parametrize("state", [State.ACTIVE, State.INACTIVE])
@pytest.mark.parametrize("rollout", [ALLOW, replace(ALLOW, probes=(PROBE,))])
def test_no_plan_and_no_way_back_holds_a_live_variable(state: State, rollout: Rollout) -> None:
    """Law 8: it may be a secret that no manifest declares any more."""
    was = spec(**with_variables(DB=HIDDEN))
    for artifact in (JUNE, models("x", TWO)):
        for more in ({}, with_variables(OTHER_IMAGE, DB=Secret("env.DB", "new"))):
            item = planned(spec(artifact=artifact, rollout=rollout, **more), was, state=state)
            assert item.action is Action.UPDATE
            assert HIDDEN not in repr(item)


# -- marks


@pytest.mark.parametrize("allowed", [Downtime.NEVER, Downtime.ALLOW])
@pytest.mark.parametrize("state", [None, State.ACTIVE, State.INACTIVE])
def test_with_probes_nothing_counts_as_applied_before_they_are_answered(
    state: State | None, allowed: Downtime
) -> None:
    """Law 6: a run that is killed before the proof is seen by the next one."""
    stops = allowed is Downtime.ALLOW
    rollout = Rollout(downtime=allowed, probes=(PROBE,))
    desired = spec(artifact=models("x", TWO) if stops else JUNE, rollout=rollout)
    item = the(World().plan(desired)) if state is None else planned(desired, state=state)
    names = kinds(item.steps)
    assert names[-2:] == ["Probe", "METADATA"]
    *before, last = [step for step in item.steps if isinstance(step, CreateDeployment | UpdateDeployment)]
    assert last.marks.applied == desired.applied_mark
    assert before
    assert desired.applied_mark not in {step.marks.applied for step in before}


def test_the_memory_of_a_failure_gives_way_to_the_tags_that_come_back() -> None:
    """A resource has ten free-form tags at most (docs/service.md §8)."""
    six = tuple((f"label{number}", "x") for number in range(6))
    (rollback,) = planned(spec(artifact=JUNE, rollout=Rollout()), spec(labels=six)).rollbacks
    assert updates(rollback.steps)[0].marks.failed is None
    (rollback,) = planned(spec(artifact=JUNE, rollout=Rollout()), spec(labels=six[:5])).rollbacks
    assert updates(rollback.steps)[0].marks.failed is not None
