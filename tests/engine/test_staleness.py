"""Plans that do not fit the cloud in memory any more: refused, and nothing is sent."""

from dataclasses import replace

import pytest

from reconciler.core.model.configuration import FixedScaling
from reconciler.core.model.errors import StalePlan
from reconciler.core.model.live import Marks, State
from reconciler.core.model.spec import Policy
from tests.support.applied import alive, deployed
from tests.support.drive import apply_on, desired, errors_of, plan_on, spec
from tests.support.memory import MemoryCloud, lost


def test_changed_between_plan_and_apply_is_stale_and_nothing_is_sent() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    plan = plan_on(cloud, desired(spec("a", description="new")))
    ocid = alive(cloud)[0].ocid
    cloud._set(
        ocid, display_name="somebody", configuration=replace(alive(cloud)[0].configuration, name="somebody")
    )
    writes = list(cloud.writes)
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, StalePlan)
    assert cloud.writes == writes


def test_changed_between_check_and_write_is_stale() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    plan = plan_on(cloud, desired(spec("a", description="new")))

    def fault(when: str, operation: str) -> None:
        if when == "after" and operation == "get_deployment":
            cloud._touch(alive(cloud)[0].ocid)

    cloud.fault = fault
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, StalePlan)


def test_a_saved_plan_does_not_make_a_second_deployment() -> None:
    """Two plans to create one deployment; the first is applied: the second is stale, or finds what it
    wanted.
    """
    cloud = MemoryCloud()
    first = plan_on(cloud, desired(spec("a")))
    other = plan_on(cloud, desired(spec("a", description="other")))
    assert errors_of(apply_on(cloud, first)) == []
    (error,) = errors_of(apply_on(cloud, other))
    assert isinstance(error, StalePlan)
    cloud.tokens.clear()
    assert errors_of(apply_on(cloud, first)) == []
    assert len(alive(cloud)) == 1


def test_a_saved_plan_does_not_wait_for_what_is_gone() -> None:
    """The service still knows the token, and gives back the deployment that was made with it."""
    cloud = MemoryCloud()
    plan = plan_on(cloud, desired(spec("a")))
    assert errors_of(apply_on(cloud, plan)) == []
    gone = alive(cloud)[0].ocid
    cloud._set(gone, state=State.DELETED)
    assert errors_of(apply_on(cloud, plan)) == []
    (live,) = alive(cloud)
    assert live.ocid != gone


def test_a_foreign_deployment_that_appears_after_the_plan_makes_it_stale() -> None:
    cloud = MemoryCloud()
    plan = plan_on(cloud, desired(spec("a")))
    other = plan_on(cloud, replace(desired(spec("a")), owner="other"))
    assert errors_of(apply_on(cloud, other)) == []
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, StalePlan)
    assert len(alive(cloud)) == 1


CHANGED_BEHIND_OUR_BACK = {
    "state": {"state": State.INACTIVE},
    "model": {"model_id": "ocid1.model.other"},
    "marks": {"marks": Marks("acme", "a", "other")},
    "gone": {"state": State.DELETED},
}


@pytest.mark.parametrize("what", CHANGED_BEHIND_OUR_BACK)
def test_whatever_changes_after_the_plan_makes_it_stale(what: str) -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    plan = plan_on(cloud, desired(spec("a", scaling=FixedScaling(2))))
    cloud._set(alive(cloud)[0].ocid, **CHANGED_BEHIND_OUR_BACK[what])
    writes = list(cloud.writes)
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, StalePlan)
    assert cloud.writes == writes


def test_a_deployment_that_is_gone_altogether_makes_the_plan_stale() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    plan = plan_on(cloud, desired(spec("a", scaling=FixedScaling(2))))
    cloud.deployments.clear()
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, StalePlan)


def test_an_update_of_a_deployment_that_vanished_in_between_is_stale() -> None:
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    plan = plan_on(cloud, desired(spec("a", scaling=FixedScaling(2))))

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("before", "update_deployment"):
            cloud.deployments.clear()

    cloud.fault = fault
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, StalePlan)
    assert "it is gone" in str(error) or "404" in str(error)


def test_a_change_right_after_the_check_is_never_overwritten() -> None:
    """Law 2: the write carries the etag of what was checked, not of whatever is there by then."""
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    plan = plan_on(cloud, desired(spec("a", description="new")))
    looked = []

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("after", "get_deployment") and not looked:
            looked.append(operation)
            cloud.somebody(alive(cloud)[0].ocid, marks=replace(alive(cloud)[0].marks, revision="theirs"))

    cloud.fault = fault
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, StalePlan)
    assert cloud.updates == []


def test_a_lost_answer_is_not_taken_for_heard_when_somebody_else_changed_it() -> None:
    """Law 2: then the other's change stays, and nothing is rolled back."""
    cloud = MemoryCloud()
    deployed(cloud, spec("a"))
    plan = plan_on(cloud, desired(spec("a", scaling=FixedScaling(2))))

    def fault(when: str, operation: str) -> None:
        if (when, operation) == ("before", "update_deployment"):
            live = alive(cloud)[0]
            theirs = replace(cloud.deployments[live.ocid].configuration, scaling=FixedScaling(5))
            cloud._set(live.ocid, configuration=theirs)
            raise lost(operation)

    cloud.fault = fault
    (error,) = errors_of(apply_on(cloud, plan))
    assert isinstance(error, StalePlan)
    assert "the answer to a change was lost, and what is live now is not what was sent" in str(error)
    assert alive(cloud)[0].configuration.scaling == FixedScaling(5)
    assert cloud.updates == []


def test_an_ignored_variable_is_kept_as_it_is_when_the_plan_is_applied() -> None:
    """Plans hold no live values, so another value does not make one stale; nor may it be put back."""
    cloud = MemoryCloud()
    plain = spec("a")
    container = replace(plain.configuration.container, environment=(("DB", "before"),))
    deployed(cloud, replace(plain, configuration=replace(plain.configuration, container=container)))
    other = replace(container, image="iad.ocir.io/acme/triton:2", environment=(("DB", "manifest"),))
    wanted = replace(
        plain,
        configuration=replace(plain.configuration, container=other),
        policy=Policy(ignore=("/spec/server/env/DB",)),
    )
    plan = plan_on(cloud, desired(wanted))
    live = alive(cloud)[0]
    rotated = replace(live.configuration.container, environment=(("DB", "rotated"),))
    cloud._set(live.ocid, configuration=replace(live.configuration, container=rotated))
    assert errors_of(apply_on(cloud, plan)) == []
    after = alive(cloud)[0].configuration.container
    assert (after.image, after.environment) == (other.image, (("DB", "rotated"),))
