"""Cloning model groups: from a group and from a history, modified and patched, through the real SDK."""

from typing import Any

import pytest
from oci.data_science import models as m

from tests.support.refusing import refused


@pytest.fixture
def project(emulator: Any) -> str:
    return str(emulator.project())


@pytest.fixture
def model(emulator: Any, project: str, make_artifact: Any) -> Any:
    return lambda answer: emulator.model(project, make_artifact(answer))


@pytest.fixture
def clone(emulator: Any, project: str) -> Any:
    """Clones and returns the new group, once it has come to rest."""

    def one(source: str, **more: Any) -> Any:
        created = emulator.client.create_model_group(details(emulator, project, source, **more))
        assert created.data.lifecycle_state == "CREATING"
        assert emulator.finished(created).operation_type == "MODEL_GROUP_CREATE"
        return emulator.client.get_model_group(created.data.id).data

    return one


def details(
    emulator: Any,
    project: str,
    source: str,
    *,
    of_history: bool = False,
    modify: dict[str, Any] | None = None,
    patch: list[Any] | None = None,
) -> Any:
    kind = (
        m.CloneCreateFromModelGroupVersionHistoryDetails if of_history else m.CloneCreateFromModelGroupDetails
    )
    return m.CloneModelGroupDetails(
        compartment_id=emulator.compartment,
        project_id=project,
        model_group_clone_source_details=kind(
            source_id=source,
            modify_model_group_details=None if modify is None else m.ModifyModelGroupDetails(**modify),
            patch_model_group_member_model_details=None
            if patch is None
            else m.PatchModelGroupMemberModelDetails(items=patch),
        ),
    )


def insert(**members: str) -> Any:
    return m.PatchInsertNewMemberModels(values=_members(members))


def remove(*models: str, **members: str) -> Any:
    return m.PatchRemoveMemberModels(
        values=[*(m.MemberModelDetails(model_id=one) for one in models), *_members(members)]
    )


def _members(named: dict[str, str]) -> list[Any]:
    return [m.MemberModelDetails(inference_key=key, model_id=one) for key, one in named.items()]


def named(group: Any) -> dict[str, str]:
    return {one.inference_key: one.model_id for one in group.member_model_entries.member_model_details}


def test_a_plain_clone_takes_everything_over_but_its_version(
    emulator: Any, project: str, model: Any, clone: Any
) -> None:
    asked = emulator.group_details(project, {"a": model("a"), "b": model("b")})
    asked.description, asked.freeform_tags, asked.version_label = "first", {"team": "x"}, "v1"
    asked.model_group_details.custom_metadata_list = [m.CustomMetadata(key="k", value="v")]
    source = emulator.client.create_model_group(asked).data
    found = clone(source.id)
    assert (found.create_type, found.source_model_group_id) == ("CLONE", source.id)
    assert (found.display_name, found.description, found.freeform_tags) == ("g", "first", {"team": "x"})
    assert named(found) == named(source)
    assert found.model_group_details.custom_metadata_list[0].value == "v"
    assert found.version_label is None
    assert found.id != source.id


@pytest.mark.shows("group-clones")
def test_a_clone_can_be_modified_and_patched(emulator: Any, project: str, model: Any, clone: Any) -> None:
    one, two, three = model("one"), model("two"), model("three")
    source = emulator.group(project, {"a": one, "b": two})
    found = clone(
        source,
        modify={
            "display_name": "second",
            "description": "new",
            "freeform_tags": {"n": "2"},
            "defined_tags": {"ns": {"k": "v"}},
            "version_label": "v2",
            "model_group_details": m.HeterogeneousModelGroupDetails(
                custom_metadata_list=[m.CustomMetadata(key="k", value="2")]
            ),
        },
        patch=[remove(one), insert(a=three, c=one), remove(b=two)],
    )
    assert named(found) == {"a": three, "c": one}
    assert (found.display_name, found.description, found.version_label) == ("second", "new", "v2")
    assert (found.freeform_tags, found.defined_tags) == ({"n": "2"}, {"ns": {"k": "v"}})
    assert found.model_group_details.custom_metadata_list[0].value == "2"
    assert named(emulator.client.get_model_group(source).data) == {"a": one, "b": two}, "members never change"


def test_a_clone_of_a_history_is_one_of_its_latest(
    emulator: Any, project: str, model: Any, clone: Any
) -> None:
    history = emulator.client.create_model_group_version_history(
        m.CreateModelGroupVersionHistoryDetails(
            compartment_id=emulator.compartment, project_id=project, display_name="h"
        )
    ).data.id
    empty = details(emulator, project, history, of_history=True)
    assert refused(emulator.client.create_model_group, empty)[:2] == (
        400,
        "RelatedResourceNotAuthorizedOrNotFound",
    )
    for answer in ("one", "two"):
        asked = emulator.group_details(project, {"a": model(answer)})
        asked.model_group_version_history_id = history
        latest = emulator.client.create_model_group(asked)
        emulator.finished(latest)
    found = clone(history, of_history=True, modify={"version_label": "third"})
    assert found.source_model_group_id == latest.data.id
    assert (found.model_group_version_history_id, found.version_id, found.version_label) == (
        history,
        3,
        "third",
    )
    assert emulator.client.get_model_group_version_history(history).data.latest_model_group_id == found.id


def test_the_artifact_of_a_homogeneous_group_is_cloned(
    emulator: Any, project: str, model: Any, clone: Any
) -> None:
    source = emulator.group(project, {"a": model("a")}, m.HomogeneousModelGroupDetails())
    emulator.client.create_model_group_artifact(source, b"score.py")
    found = clone(source)
    assert emulator.client.get_model_group_artifact_content(found.id).data.content == b"score.py"
    emulator.finished(emulator.client.delete_model_group(source))
    assert emulator.client.get_model_group_artifact_content(found.id).data.content == b"score.py"


def test_clones_that_cannot_be(emulator: Any, project: str, model: Any) -> None:
    one, two = model("one"), model("two")
    source = emulator.group(project, {"a": one, "b": two})
    stacked = emulator.group(project, {"a": one, "b": two}, m.StackedModelGroupDetails(base_model_id=one))
    before = len(emulator.client.list_model_groups(emulator.compartment).data)

    def asked(source_id: str, **more: Any) -> tuple[int, str, str]:
        return refused(emulator.client.create_model_group, details(emulator, project, source_id, **more))

    unknown = "ocid1.datasciencemodelgroup.oc1.iad.x"
    assert asked(unknown) == (
        400,
        "RelatedResourceNotAuthorizedOrNotFound",
        f"Authorization failed or related resource not found: sourceId {unknown}",
    )
    kind = {"model_group_details": m.HomogeneousModelGroupDetails()}
    assert asked(source, modify=kind)[:2] == (400, "InvalidParameter")
    status, code, message = asked(source, patch=[remove("ocid1.datasciencemodel.oc1.iad.x")])
    assert (status, code) == (400, "InvalidParameter")
    assert "is not a member" in message
    status, code, message = asked(source, patch=[remove(one, two)])
    assert (status, code) == (400, "InvalidParameter")
    assert "must have 1 to 500 items, has 0" in message
    assert "unique" in asked(source, patch=[insert(a=two)])[2]
    assert asked(source, patch=[insert(c="x")])[:2] == (400, "RelatedResourceNotAuthorizedOrNotFound")
    assert "is not a member of the model group" in asked(stacked, patch=[remove(one)])[2]
    body = {"createType": "CLONE", "compartmentId": emulator.compartment, "projectId": project}
    bare = emulator.raw("POST", "/modelGroups", body)
    assert (bare.status_code, bare.json()["code"]) == (400, "MissingParameter")
    assert len(emulator.client.list_model_groups(emulator.compartment).data) == before
