"""What one may choose from: compute shapes, and the containers of the service."""

from tests.support.operations import World, case


@case("list_model_deployment_shapes")
def shapes(world: World) -> None:
    call = "list_model_deployment_shapes"
    found = world.listed(call, world.compartment, filters={}, sorts={}, key="name")
    (one,) = [shape for shape in found if shape.name == "VM.Standard.E4.Flex"]
    assert one.core_count >= 1
    assert one.memory_in_gbs >= 6
    assert one.shape_series == "AMD_ROME"


@case("list_containers")
def containers(world: World) -> None:
    one = world.client.list_containers(is_latest=True).data[0]
    found = world.listed(
        "list_containers",
        within={"is_latest": True},
        filters={
            "container_name": (one.container_name, "nobody"),
            "display_name": (one.display_name, "nobody"),
            "tag_query_param": (one.tag, "none"),
        },
        sorts={},
        key="container_name",
        untold={"tag_query_param"},
    )
    tagged = world.client.list_containers(tag_query_param=one.tag).data
    assert {each.tag for each in tagged} == {one.tag}
    assert all(each.is_latest for each in found)
    for container in found:
        more = {
            "lifecycle_state": container.lifecycle_state,
            "target_workload": container.target_workloads[0],
            "usage_query_param": container.usages[0],
        }
        assert container.container_name in [
            each.container_name for each in world.client.list_containers(is_latest=True, **more).data
        ]
    assert {each.container_name for each in found} <= {
        each.container_name for each in world.client.list_containers(is_latest=False).data
    }
