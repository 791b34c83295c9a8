"""What the engine's port `Cloud` promises of projects, models, groups and the life of deployments.

On each cloud that fits it, so that the double in memory, on which the laws are tested, does not drift from
the service's rules. Updates: `test_cloud_port_updates`.
"""

from dataclasses import replace

import pytest

from reconciler.core.model.configuration import DeploymentType
from reconciler.core.model.errors import CloudError, Conflict, EtagMismatch, IncorrectState, NotFound
from reconciler.core.model.live import State
from reconciler.core.model.spec import Revision
from reconciler.core.planning.diff.option_groups import OptionGroup
from tests.support.deployment_updates import update_of
from tests.support.ports import MARKS, OWNER, Stand, artifact, gone, token
from tests.support.waiting import wait_for

NOBODY = "ocid1.datasciencemodeldeployment.oc1.iad.none"

# -- project, models, groups


def test_a_project_is_found_or_made(stand: Stand) -> None:
    cloud = stand.cloud
    project = cloud.ensure_project(stand.project, token())
    assert cloud.ensure_project(stand.project, token()) == project
    assert cloud.snapshot().project.ocid == project


def test_a_model_is_made_once_for_a_token(stand: Stand) -> None:
    cloud, digest, once = stand.cloud, artifact().digest, token()
    model = cloud.create_model("vision", OWNER, digest, once)
    assert cloud.create_model("vision", OWNER, digest, once) == model
    with pytest.raises(Conflict):
        cloud.create_model("other", OWNER, digest, once)
    found = stand.cataloged(model)
    assert (found.publishing, found.artifact, found.owner, found.name) == (digest, None, OWNER, "vision")
    assert (found.active, found.is_model_group) == (True, False)


def test_content_arrives_once_and_is_marked_after_that(stand: Stand) -> None:
    cloud, content = stand.cloud, artifact()
    model = cloud.create_model("vision", OWNER, content.digest, token())
    assert not cloud.has_content(model)
    cloud.upload(model, content, lambda sent, size: None)
    assert cloud.has_content(model)
    with pytest.raises(Conflict):
        cloud.upload(model, content, lambda sent, size: None)
    assert stand.cataloged(model).artifact is None
    cloud.mark_published(model, "vision", OWNER, content)
    found = stand.cataloged(model)
    assert (found.publishing, found.artifact) == (None, content.digest)


def test_provenance_may_be_told_twice(stand: Stand) -> None:
    model = stand.cloud.create_model("vision", OWNER, "sha256:1", token())
    for commit in ("a" * 40, "b" * 40):
        stand.cloud.set_provenance(model, Revision(commit, "main", "https://example.com/models.git"))
    assert stand.cataloged(model).active


def test_a_model_is_deleted_once_nothing_uses_it(stand: Stand) -> None:
    cloud, content = stand.cloud, artifact()
    model = stand.published(content)
    live, etag = stand.deployed(stand.configuration(content), model)
    with pytest.raises(Conflict):
        stand.delete(model)
    assert stand.cataloged(model).active
    stand.reached(cloud.delete_deployment(live.ocid, etag), State.DELETED)
    _, etag = cloud.catalog_entry(model, False)
    cloud.delete_model(model, etag)
    cloud.delete_model(model, etag)
    assert not stand.cataloged(model).active
    with pytest.raises(CloudError):
        cloud.create_deployment(stand.configuration(content), model, MARKS, token())


@pytest.mark.parametrize("group", [False, True])
def test_whoever_takes_an_entry_up_spoils_its_deletion(stand: Stand, group: bool) -> None:
    cloud = stand.cloud
    model = stand.published(artifact())
    entry = stand.grouped("sha256:g", model) if group else model
    before, etag = cloud.catalog_entry(entry, group)
    assert (before.ocid, before.used, before.members) == (entry, "", ())
    cloud.mark_used(entry, group, "2026-11-27T22:00:00Z")
    delete = cloud.delete_model_group if group else cloud.delete_model
    with pytest.raises(EtagMismatch):
        delete(entry, etag)
    after, etag = cloud.catalog_entry(entry, group)
    assert after == replace(before, used="2026-11-27T22:00:00Z")
    assert stand.cataloged(entry) == replace(after, members=stand.cataloged(entry).members)
    delete(entry, etag)
    wait_for(lambda: not stand.cataloged(entry).active)


def test_an_entry_that_is_gone_is_not_taken_up(stand: Stand) -> None:
    cloud, model = stand.cloud, stand.published(artifact())
    stand.delete(model)
    for ocid in (model, "ocid1.datasciencemodel.oc1.iad.none"):
        with pytest.raises(NotFound):
            cloud.catalog_entry(ocid, False)
        with pytest.raises(NotFound):
            cloud.mark_used(ocid, False, "2026-11-27T22:00:00Z")


def test_an_entry_tells_when_it_was_made(stand: Stand) -> None:
    model = stand.published(artifact())
    assert stand.cataloged(model).last_used.endswith("Z")


def test_a_group_holds_its_members(stand: Stand) -> None:
    cloud, once = stand.cloud, token()
    members = [("one", stand.published(artifact())), ("two", stand.published(artifact()))]
    group = cloud.create_model_group("vision", OWNER, "sha256:g", members, once)
    assert cloud.create_model_group("vision", OWNER, "sha256:g", members, once) == group
    with pytest.raises(Conflict):
        cloud.create_model_group("other", OWNER, "sha256:g", members, once)
    found = stand.cataloged(group)
    assert (found.is_model_group, found.artifact, found.owner, found.name) == (
        True,
        "sha256:g",
        OWNER,
        "vision",
    )
    assert set(found.members) == {model for _, model in members}
    assert (found.creating, found.active) == (True, False)


def test_a_group_becomes_active_and_is_deleted(stand: Stand) -> None:
    group = stand.grouped("sha256:g", stand.published(artifact()))
    found = stand.cataloged(group)
    assert (found.creating, found.active) == (False, True)
    stand.delete(group, group=True)
    assert not stand.cataloged(group).active
    with pytest.raises(NotFound):
        stand.cloud.model_group_state("ocid1.datasciencemodelgroup.oc1.iad.none")


def test_a_group_of_what_is_not_there_is_refused(stand: Stand) -> None:
    empty = stand.cloud.create_model("vision", OWNER, "sha256:1", token())
    for model in (empty, "ocid1.datasciencemodel.oc1.iad.none"):
        with pytest.raises(CloudError):
            stand.cloud.create_model_group("vision", OWNER, "sha256:g", [("one", model)], token())


def test_a_group_that_is_used_stays(stand: Stand) -> None:
    group = stand.grouped("sha256:g", stand.published(artifact()))
    wanted = stand.configuration(artifact(), kind=DeploymentType.MODEL_GROUP)
    stand.deployed(wanted, group)
    with pytest.raises(Conflict):
        stand.delete(group, group=True)
    assert stand.cataloged(group).active


# -- deployments


def test_what_is_asked_for_is_what_is_there(stand: Stand) -> None:
    content = artifact()
    model, wanted = stand.published(content), stand.configuration(content)
    live, _ = stand.deployed(wanted, model)
    told = live.configuration
    assert told is not None
    assert told.container.digest
    assert told.container.digest.startswith("sha256:")
    filled_in = replace(wanted.container, digest=told.container.digest)
    assert told == replace(wanted, artifact=None, container=filled_in)
    assert (live.marks, live.model_id, live.display_name) == (MARKS, model, wanted.name)
    assert live.project_id == stand.cloud.snapshot().project.ocid
    assert live.url.endswith(live.ocid)
    listed = stand.listed(live.ocid)
    assert listed.configuration == replace(wanted, container=filled_in)
    assert listed.fingerprint == live.fingerprint


def test_a_deployment_is_made_once_for_a_token(stand: Stand) -> None:
    cloud, content, once = stand.cloud, artifact(), token()
    model, wanted = stand.published(content), stand.configuration(content)
    first = cloud.create_deployment(wanted, model, MARKS, once)
    again = cloud.create_deployment(wanted, model, MARKS, once)
    assert (again.ocid, again.work_request) == (first.ocid, first.work_request)
    with pytest.raises(Conflict):
        cloud.create_deployment(replace(wanted, name="other"), model, MARKS, once)
    stand.reached(first, State.ACTIVE)


def test_work_is_told_of_until_it_is_done(stand: Stand) -> None:
    cloud, content = stand.cloud, artifact()
    accepted = cloud.create_deployment(stand.configuration(content), stand.published(content), MARKS, token())
    assert not cloud.work_request(accepted.work_request).done
    stand.reached(accepted, State.ACTIVE)
    for progress in (
        cloud.work_progress()[accepted.work_request],
        cloud.work_request(accepted.work_request),
    ):
        assert (progress.percent, progress.done, progress.failed) == (100.0, True, False)


def test_nothing_else_is_begun_while_work_is_under_way(stand: Stand) -> None:
    cloud, content = stand.cloud, artifact()
    model, wanted = stand.published(content), stand.configuration(content)
    accepted = cloud.create_deployment(wanted, model, MARKS, token())
    live, etag = cloud.get_deployment(accepted.ocid)
    assert live.state is State.CREATING
    renamed = replace(wanted, name="other")
    with pytest.raises(IncorrectState):
        cloud.update_deployment(update_of(live.ocid, [OptionGroup.METADATA], renamed, MARKS), model, etag)
    for operation in (cloud.activate_deployment, cloud.deactivate_deployment, cloud.delete_deployment):
        with pytest.raises(IncorrectState):
            operation(live.ocid, etag)
    assert stand.reached(accepted, State.ACTIVE)[0].display_name == wanted.name


def test_a_deployment_of_nothing_is_refused(stand: Stand) -> None:
    with pytest.raises(CloudError):
        stand.cloud.create_deployment(
            stand.configuration(artifact()), "ocid1.datasciencemodel.oc1.iad.none", MARKS, token()
        )
    with pytest.raises(NotFound):
        stand.cloud.get_deployment(NOBODY)


def test_stop_and_start(stand: Stand) -> None:
    cloud, content = stand.cloud, artifact()
    live, etag = stand.deployed(stand.configuration(content), stand.published(content))
    with pytest.raises(IncorrectState):
        cloud.activate_deployment(live.ocid, etag)
    _, etag = stand.reached(cloud.deactivate_deployment(live.ocid, etag), State.INACTIVE)
    with pytest.raises(IncorrectState):
        cloud.deactivate_deployment(live.ocid, etag)
    again, _ = stand.reached(cloud.activate_deployment(live.ocid, etag), State.ACTIVE)
    assert (again.configuration, again.url) == (live.configuration, live.url)


def test_what_is_deleted_is_gone(stand: Stand) -> None:
    cloud, content = stand.cloud, artifact()
    live, etag = stand.deployed(stand.configuration(content), stand.published(content))
    _, etag = stand.reached(cloud.delete_deployment(live.ocid, etag), State.DELETED)
    assert gone(cloud.deployment_states().get(live.ocid))
    assert live.ocid not in {one.ocid for one in cloud.snapshot().alive()}
    for operation in (cloud.activate_deployment, cloud.deactivate_deployment, cloud.delete_deployment):
        with pytest.raises(NotFound):
            operation(live.ocid, etag)


def test_an_old_etag_changes_nothing(stand: Stand) -> None:
    cloud, content = stand.cloud, artifact()
    model, wanted = stand.published(content), stand.configuration(content)
    live, old = stand.deployed(wanted, model)
    named = replace(wanted, name="other")
    accepted = cloud.update_deployment(update_of(live.ocid, [OptionGroup.METADATA], named, MARKS), model, old)
    now, etag = stand.reached(accepted, State.ACTIVE)
    assert etag != old
    with pytest.raises(EtagMismatch):
        cloud.update_deployment(update_of(live.ocid, [OptionGroup.METADATA], wanted, MARKS), model, old)
    for operation in (cloud.deactivate_deployment, cloud.activate_deployment, cloud.delete_deployment):
        with pytest.raises(EtagMismatch):
            operation(live.ocid, old)
    assert cloud.get_deployment(live.ocid) == (now, etag)


# -- what a run looks at before and after a write


def test_the_newest_work_is_told_whoever_began_it(stand: Stand) -> None:
    cloud, content = stand.cloud, artifact()
    made = cloud.create_deployment(stand.configuration(content), stand.published(content), MARKS, token())
    assert cloud.newest_work(made.ocid) == made.work_request
    _, etag = stand.reached(made, State.ACTIVE)
    assert cloud.newest_work(made.ocid) == made.work_request
    stopped = cloud.deactivate_deployment(made.ocid, etag)
    assert cloud.newest_work(made.ocid) == stopped.work_request
    stand.reached(stopped, State.INACTIVE)
    assert cloud.newest_work(NOBODY) == ""


def test_those_of_one_name_are_found_while_they_are_there(stand: Stand) -> None:
    cloud, content = stand.cloud, artifact()
    name = f"named-{token()[:8]}"
    model, wanted = stand.published(content), replace(stand.configuration(content), name=name)
    live, etag = stand.deployed(wanted, model)
    stand.deployed(replace(wanted, name=f"{name}-other"), model)
    assert [found.ocid for found in cloud.deployments_named(name)] == [live.ocid]
    assert cloud.deployments_named(name)[0].marks == MARKS
    stand.reached(cloud.delete_deployment(live.ocid, etag), State.DELETED)
    assert list(cloud.deployments_named(name)) == []
