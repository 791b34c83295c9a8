"""Model groups, their models and their artifacts."""

import oci
from oci.data_science import models as m

from tests.conformance.cases import group_histories, models, projects
from tests.support.operations import World, case

CONTENT = bytes(range(256)) * 4
AS_FILE = "attachment; filename=group.zip"


def metadata(team: str = "vision") -> list[m.CustomMetadata]:
    return [m.CustomMetadata(key="team", value=team, description="who asks", category="other")]


def entries(**named: str) -> list[m.MemberModelDetails]:
    """Inference key → model."""
    return [m.MemberModelDetails(inference_key=key, model_id=model) for key, model in named.items()]


def details(world: World, project: str, members: list[m.MemberModelDetails], **more: object) -> object:
    given = {
        "compartment_id": world.compartment,
        "project_id": project,
        "display_name": "conformance",
        "model_group_details": m.HeterogeneousModelGroupDetails(custom_metadata_list=metadata()),
        "member_model_entries": m.MemberModelEntries(member_model_details=members),
    }
    return m.CreateModelGroupDetails(**{**given, **more})


def make(
    world: World, project: str | None = None, *, kind: m.ModelGroupDetails | None = None, **more: object
) -> oci.Response:
    """A group of two models that has come to rest: what get answers."""
    project = project or projects.make(world).data.id
    members = entries(first=models.ready(world, project), second=models.ready(world, project))
    if kind is not None:
        more["model_group_details"] = kind
    return made(world, world.client.create_model_group(details(world, project, members, **more)))


def made(world: World, answer: oci.Response) -> oci.Response:
    world.delete_later("delete_model_group", answer.data.id)
    assert answer.data.lifecycle_state == "CREATING"
    world.succeeded(answer, "MODEL_GROUP_CREATE")
    found = world.client.get_model_group(answer.data.id)
    assert found.data.lifecycle_state == "ACTIVE"
    return found


def member_ids(group: m.ModelGroup) -> dict[str, str]:
    return {one.inference_key: one.model_id for one in group.member_model_entries.member_model_details}


@case("create_model_group")
def create(world: World) -> None:
    project = projects.make(world).data.id
    history = group_histories.make(world, project).data
    members = entries(first=models.ready(world, project))
    given = {
        "description": "made by the conformance suite",
        "model_group_version_history_id": history.id,
        "version_label": "first",
        "freeform_tags": {"suite": "conformance"},
        "defined_tags": {},
    }
    asked = details(world, project, members, **given)
    other = details(world, project, members, **given, display_name="other")
    answer = world.once("create_model_group", asked, token="create-group", other=other)
    found = made(world, answer).data
    assert found.model_group_details == asked.model_group_details
    assert member_ids(found) == {"first": members[0].model_id}
    assert (found.description, found.version_label) == (given["description"], "first")
    assert (found.model_group_version_history_name, found.version_id) == (history.display_name, 1)
    assert found.create_type == "CREATE"
    latest = world.client.get_model_group_version_history(history.id).data.latest_model_group_id
    assert latest == found.id


@case("create_model_group")
def create_of_each_type(world: World) -> None:
    project = projects.make(world).data.id
    base, adapter = models.ready(world, project), models.ready(world, project)
    for kind in (
        m.HomogeneousModelGroupDetails(custom_metadata_list=metadata()),
        m.StackedModelGroupDetails(base_model_id=base, custom_metadata_list=metadata()),
    ):
        asked = details(world, project, entries(base=base, adapter=adapter), model_group_details=kind)
        found = made(world, world.client.create_model_group(asked)).data
        assert found.model_group_details == kind
        assert member_ids(found) == {"base": base, "adapter": adapter}


@case("get_model_group")
def get(world: World) -> None:
    group = make(world).data
    assert world.client.get_model_group(group.id).data == group
    world.refused(404, "NotAuthorizedOrNotFound", world.client.get_model_group, f"{group.id}none")


@case("list_model_groups")
def list_all(world: World) -> None:
    project = projects.make(world).data.id
    history = group_histories.make(world, project).data.id
    first = make(world, project, display_name="first", model_group_version_history_id=history).data
    second = make(world, project, display_name="second").data
    world.client.deactivate_model_group(second.id)
    found = world.listed(
        "list_model_groups",
        world.compartment,
        within={"project_id": project},
        filters={
            "id": (first.id, "ocid1.datasciencemodelgroup.oc1.iad.none"),
            "project_id": (project, "ocid1.datascienceproject.oc1.iad.none"),
            "display_name": ("second", "nobody"),
            "lifecycle_state": ("ACTIVE", "FAILED"),
            "created_by": (first.created_by, "ocid1.user.oc1..none"),
            "model_group_version_history_id": (
                history,
                "ocid1.dscmodelgroupversionhistory.oc1.iad.none",
            ),
        },
        sorts={
            "timeCreated": "time_created",
            "displayName": "display_name",
            "lifecycleState": "lifecycle_state",
        },
    )
    assert {one.id for one in found} == {first.id, second.id}


@case("update_model_group")
def update(world: World) -> None:
    made = make(world)
    history = group_histories.make(world, made.data.project_id).data.id
    changed = m.UpdateModelGroupDetails(
        display_name="changed",
        description="also",
        version_label="second",
        model_group_version_history_id=history,
        freeform_tags={"a": "b"},
        defined_tags={},
    )
    answer = world.guarded("update_model_group", made.data.id, changed, etag=made.headers["etag"])
    found = world.client.get_model_group(made.data.id)
    assert found.headers["etag"] == answer.headers["etag"] != made.headers["etag"]
    for name in changed.swagger_types:
        if name != "defined_tags":
            assert getattr(found.data, name) == getattr(changed, name), name
    assert member_ids(found.data) == member_ids(made.data)


@case("deactivate_model_group", "activate_model_group")
def stop_and_start(world: World) -> None:
    made = make(world)
    group = made.data.id
    world.refused(409, "IncorrectState", world.client.activate_model_group, group)
    stopped = world.guarded("deactivate_model_group", group, etag=made.headers["etag"])
    assert stopped.data.lifecycle_state == "INACTIVE"
    assert world.client.get_model_group(group).data.lifecycle_state == "INACTIVE"
    started = world.guarded("activate_model_group", group, etag=stopped.headers["etag"])
    assert started.data.lifecycle_state == "ACTIVE"
    assert world.client.get_model_group(group).data.lifecycle_state == "ACTIVE"


@case("delete_model_group")
def delete(world: World) -> None:
    made = make(world)
    answer = world.guarded("delete_model_group", made.data.id, etag=made.headers["etag"])
    world.succeeded(answer, "MODEL_GROUP_DELETE")
    assert world.client.get_model_group(made.data.id).data.lifecycle_state == "DELETED"
    for model in member_ids(made.data).values():
        assert world.client.get_model(model).data.lifecycle_state == "ACTIVE"


@case("change_model_group_compartment")
def move(world: World) -> None:
    made = make(world)
    details = m.ChangeModelGroupCompartmentDetails
    world.moved("model_group", details, made.data.id, etag=made.headers["etag"])


@case("list_model_group_models")
def list_models(world: World) -> None:
    project = projects.make(world).data.id
    first = models.make(world, project, display_name="first").data
    second = models.make(world, project, display_name="second").data
    for one in (first, second):
        world.client.create_model_artifact(one.id, CONTENT)
    members = entries(one=first.id, two=second.id)
    group = made(world, world.client.create_model_group(details(world, project, members))).data
    world.client.deactivate_model(second.id)
    found = world.listed(
        "list_model_group_models",
        group.id,
        world.compartment,
        filters={
            "id": (first.id, "ocid1.datasciencemodel.oc1.iad.none"),
            "display_name": ("second", "nobody"),
            "lifecycle_state": ("ACTIVE", "FAILED"),
            "created_by": (first.created_by, "ocid1.user.oc1..none"),
        },
        sorts={
            "timeCreated": "time_created",
            "displayName": "display_name",
            "lifecycleState": "lifecycle_state",
        },
    )
    assert {one.inference_key: one.model_id for one in found} == {"one": first.id, "two": second.id}


# -- artifacts


def _homogeneous(world: World) -> oci.Response:
    return make(world, kind=m.HomogeneousModelGroupDetails())


@case("create_model_group_artifact")
def create_artifact(world: World) -> None:
    group, token = _homogeneous(world), world.named("artifact")
    answer = world.guarded(
        "create_model_group_artifact",
        group.data.id,
        CONTENT,
        etag=group.headers["etag"],
        content_length=str(len(CONTENT)),
        content_disposition=AS_FILE,
        opc_retry_token=token,
    )
    assert answer.status == 204
    world.client.create_model_group_artifact(
        group.data.id, CONTENT, content_disposition=AS_FILE, opc_retry_token=token
    )
    found = world.client.get_model_group_artifact_content(group.data.id)
    assert found.data.content == CONTENT
    assert found.headers["content-disposition"] == AS_FILE


@case("head_model_group_artifact", "get_model_group_artifact_content")
def read_artifact(world: World) -> None:
    group = _homogeneous(world).data.id
    world.refused(404, None, world.client.head_model_group_artifact, group)
    world.client.create_model_group_artifact(group, CONTENT)
    found = world.client.head_model_group_artifact(group).headers
    assert found["content-length"] == str(len(CONTENT))
    part = world.client.get_model_group_artifact_content(group, range="bytes=10-19")
    assert (part.status, part.data.content) == (206, CONTENT[10:20])
    assert world.client.get_model_group_artifact_content(group).headers["etag"] == found["etag"]
