"""A release, carried out: the marks are gone, everything else is as it was; killed anywhere, the next run
completes it. And a deployment of a catalog model that a manifest names by its OCID.
"""

from contextlib import suppress
from dataclasses import replace

import pytest

from reconciler.core.model.artifact import Artifact
from reconciler.core.model.live import Live, Marks
from reconciler.core.model.spec import GivenModel, Policy, Prune
from tests.support.applied import alive, deployed
from tests.support.drive import OWNER, apply_on, desired, errors_of, plan_on, spec
from tests.support.memory import Killed, MemoryCloud

STAYS = spec("stays", "another content")
LEAVES = replace(spec("leaves"), policy=Policy(prune=Prune.RELEASE))


def cloud_with_both() -> MemoryCloud:
    cloud = MemoryCloud()
    deployed(cloud, LEAVES, STAYS)
    return cloud


def released(cloud: MemoryCloud) -> bool:
    (leaves,) = (live for live in alive(cloud) if live.display_name == "leaves")
    model = cloud.models[leaves.model_id or ""]
    return leaves.marks == Marks() and (model.owner, model.name, model.artifact) == (None, None, None)


def bare(live: Live) -> Live:
    """Without our marks, of which one says what its catalog model holds."""
    assert live.configuration is not None
    return replace(live, marks=Marks(), configuration=replace(live.configuration, artifact=None))


def test_it_runs_on_without_our_marks() -> None:
    cloud = cloud_with_both()
    before = {live.ocid: live for live in alive(cloud)}
    plan = plan_on(cloud, desired(STAYS, prune=True))
    assert errors_of(apply_on(cloud, plan)) == []
    assert released(cloud)
    for live in alive(cloud):
        old = before[live.ocid]
        assert bare(live) == bare(old)
    writes = list(cloud.writes)
    assert plan_on(cloud, desired(STAYS, prune=True)).empty
    assert cloud.writes == writes


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("operation", ["release_model", "update_deployment"])
def test_a_run_that_is_killed_anywhere_is_completed(when: str, operation: str) -> None:
    cloud = cloud_with_both()
    plan = plan_on(cloud, desired(STAYS, prune=True))

    def kill(at: str, called: str) -> None:
        if (at, called) == (when, operation):
            raise Killed

    cloud.fault = kill
    with suppress(Killed):
        apply_on(cloud, plan)
    cloud.fault = lambda at, called: None
    assert errors_of(apply_on(cloud, plan_on(cloud, desired(STAYS, prune=True)))) == []
    assert released(cloud)
    assert {live.marks.owner for live in alive(cloud)} == {None, OWNER}


def test_a_catalog_model_by_its_ocid_is_used_as_it_is() -> None:
    cloud = cloud_with_both()
    (leaves,) = (live for live in alive(cloud) if live.display_name == "leaves")
    ocid = leaves.model_id or ""
    plain = spec("third")
    third = replace(
        plain,
        artifact=Artifact(ocid, (), frozenset()),
        configuration=replace(plain.configuration, artifact=ocid),
        given=GivenModel(ocid, ocid),
    )
    models = set(cloud.models)
    deployed(cloud, LEAVES, STAYS, third)
    assert {live.model_id for live in alive(cloud) if live.display_name == "third"} == {ocid}
    assert set(cloud.models) == models
    assert plan_on(cloud, desired(LEAVES, STAYS, third)).empty
