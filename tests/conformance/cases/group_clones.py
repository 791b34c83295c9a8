"""Model groups that are made out of others."""

from oci.data_science import models as m

from tests.conformance.cases import group_histories, models, projects
from tests.conformance.cases.groups import entries, made, make, member_ids, metadata
from tests.support.operations import World, case


def _clone(world: World, project: str, source: object) -> m.CloneModelGroupDetails:
    return m.CloneModelGroupDetails(
        compartment_id=world.compartment, project_id=project, model_group_clone_source_details=source
    )


def _changes(world: World, project: str, history: str, without: m.ModelGroup) -> dict[str, object]:
    """Of a clone, all of them: other words, `first` out, `third` in."""
    third = models.ready(world, project)
    gone = entries(first=member_ids(without)["first"])
    return {
        "modify_model_group_details": m.ModifyModelGroupDetails(
            display_name="clone",
            description="cloned by the conformance suite",
            freeform_tags={"suite": "conformance"},
            defined_tags={},
            model_group_version_history_id=history,
            version_label="clone",
            model_group_details=m.HeterogeneousModelGroupDetails(custom_metadata_list=metadata("clone")),
        ),
        "patch_model_group_member_model_details": m.PatchModelGroupMemberModelDetails(
            items=[
                m.PatchRemoveMemberModels(values=gone),
                m.PatchInsertNewMemberModels(values=entries(third=third)),
            ]
        ),
    }


@case("create_model_group")
def clone_a_group(world: World) -> None:
    project = projects.make(world).data.id
    source, history = make(world, project).data, group_histories.make(world, project).data.id
    changes = _changes(world, project, history, source)
    asked = m.CloneCreateFromModelGroupDetails(source_id=source.id, **changes)
    found = made(world, world.client.create_model_group(_clone(world, project, asked))).data
    assert (found.display_name, found.version_label, found.create_type) == ("clone", "clone", "CLONE")
    assert found.source_model_group_id == source.id
    assert found.model_group_version_history_id == history
    assert member_ids(found).keys() == {"second", "third"}
    assert found.model_group_details.custom_metadata_list == metadata("clone")
    assert member_ids(world.client.get_model_group(source.id).data) == member_ids(source)


@case("create_model_group")
def clone_the_latest_of_a_history(world: World) -> None:
    project = projects.make(world).data.id
    history = group_histories.make(world, project).data.id
    make(world, project, model_group_version_history_id=history)
    latest = make(world, project, model_group_version_history_id=history).data
    changes = _changes(world, project, history, latest)
    asked = m.CloneCreateFromModelGroupVersionHistoryDetails(source_id=history, **changes)
    found = made(world, world.client.create_model_group(_clone(world, project, asked))).data
    assert found.source_model_group_id == latest.id
    assert member_ids(found)["second"] == member_ids(latest)["second"]
    assert found.version_id == 3
