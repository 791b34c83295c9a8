"""What the service tells late, or not at all, decides nothing: which recordings show that is in
docs/service.md §1.6 and §2.1 (tests/emulator/recordings has them).
"""

from dataclasses import replace

import pytest

from reconciler.core.model.live import Live, State
from reconciler.core.model.spec import Spec
from reconciler.core.planning.diff.fields import DIGEST
from reconciler.core.planning.plan import Action, Plan
from reconciler.core.planning.transition.read_back import differences
from reconciler.core.planning.withheld.seen import is_what_was_seen
from tests.support.reviews import World, holding, of_image, sha, spec

LOOKED_UP = of_image(spec(), holding())
OTHER = of_image(spec(), holding("the next one"))


def with_digest(live: Live, digest: str | None) -> Live:
    assert live.configuration is not None
    container = replace(live.configuration.container, digest=digest)
    return replace(live, configuration=replace(live.configuration, container=container))


def live_of(state: State, digest: str | None, **changes: object) -> Live:
    (live,) = World().of(LOOKED_UP, state=state, **changes).snapshot.deployments
    return with_digest(live, digest)


def planned(live: Live, wanted: Spec) -> Plan:
    return World(((live, LOOKED_UP),)).plan(wanted)


def test_a_digest_that_is_not_told_while_it_is_created_is_no_difference() -> None:
    (item,) = planned(live_of(State.CREATING, None), LOOKED_UP).deployments
    assert (item.action, item.changes) == (Action.WAIT, ())


def test_a_digest_that_is_told_counts() -> None:
    live = live_of(State.ACTIVE, f"sha256:{sha('image')}")
    assert DIGEST in {change.field for change in planned(live, OTHER).deployments[0].changes}
    creating = replace(live, state=State.CREATING)
    assert DIGEST in {change.field for change in planned(creating, OTHER).deployments[0].changes}


def test_a_plan_made_meanwhile_fits_when_the_digest_has_come_and_nothing_else_has_changed() -> None:
    before = live_of(State.CREATING, None)
    seen = planned(before, replace(LOOKED_UP, active=False)).deployments[0].seen
    assert seen is not None
    after = replace(with_digest(before, f"sha256:{sha('image')}"), state=State.ACTIVE)
    assert is_what_was_seen(after, seen)
    assert not is_what_was_seen(replace(after, model_id="ocid1.datasciencemodel.oc1.iad.x"), seen)
    seen_after = planned(after, replace(LOOKED_UP, active=False)).deployments[0].seen
    assert seen_after is not None
    assert not is_what_was_seen(with_digest(after, f"sha256:{sha('another')}"), seen_after)


def test_what_failed_before_its_digest_was_told_is_not_tried_again_by_itself() -> None:
    (item,) = planned(live_of(State.FAILED, None), LOOKED_UP).deployments
    assert item.action is Action.BLOCKED
    changed = replace(LOOKED_UP.configuration.container, port=9000)
    other = replace(LOOKED_UP, configuration=replace(LOOKED_UP.configuration, container=changed))
    (item,) = planned(live_of(State.FAILED, None), other).deployments
    assert item.action is Action.REPLACE


@pytest.mark.parametrize("name", ["vision", "a new name"])
def test_a_name_that_is_new_already_neither_hides_a_deployment_nor_ends_an_update(name: str) -> None:
    """While it is UPDATING, GET shows the new name and the old rest."""
    live = live_of(State.UPDATING, f"sha256:{sha('image')}", display_name=name)
    assert live.configuration is not None
    live = replace(live, configuration=replace(live.configuration, name=name))
    wanted = of_image(spec(description="another"), holding())
    (item,) = planned(live, wanted).deployments
    assert (item.action, item.seen is not None and item.seen.ocid) == (Action.UPDATE, live.ocid)
    assert "metadata.description" in {change.field for change in item.changes}
    left = {
        change.split(" is ")[0] for change, _ in differences(live, wanted.configuration, live.model_id or "")
    }
    assert "metadata.description" in left, "a name alone does not make it what was sent"


def test_no_number_of_instances_is_no_wrong_number() -> None:
    live = live_of(State.ACTIVE, f"sha256:{sha('image')}")
    assert live.instances is None
    assert live.configuration is not None
    assert differences(live, live.configuration, live.model_id or "") == []
    counted = replace(live, instances=1)
    assert [one.words for one in differences(counted, live.configuration, live.model_id or "")] == [
        "1 instances are there, not 2"
    ]


def test_no_details_are_told_as_none() -> None:
    (item,) = planned(live_of(State.NEEDS_ATTENTION, f"sha256:{sha('image')}"), LOOKED_UP).deployments
    assert "no details given" in item.reason
