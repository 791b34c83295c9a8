"""Compute targets: managed clusters that deployments of type SINGLE_MODEL_FLEX run on."""

import oci
from oci.data_science import models as m

from tests.support.operations import World, case

SHAPE = "VM.Standard.E4.Flex"


def fixed(instances: int) -> m.ManagedComputeClusterFixedSizeScalingPolicy:
    return m.ManagedComputeClusterFixedSizeScalingPolicy(instance_count=instances)


def autoscaling(rule: m.ManagedComputeClusterMetricExpressionRule) -> object:
    policy = m.ManagedComputeClusterThresholdBasedAutoScalingPolicyDetails(
        rules=[rule], minimum_instance_count=1, initial_instance_count=1, maximum_instance_count=2
    )
    return m.ManagedComputeClusterAutoScalingPolicy(
        cool_down_in_seconds=600, is_enabled=True, auto_scaling_policies=[policy]
    )


def on_load() -> m.ManagedComputeClusterPredefinedMetricExpressionRule:
    def threshold(percent: int) -> object:
        return m.ManagedComputeClusterPredefinedExpressionThresholdScalingConfiguration(
            threshold=percent, pending_duration="PT5M", instance_count_adjustment=1
        )

    return m.ManagedComputeClusterPredefinedMetricExpressionRule(
        metric_type="CPU_UTILIZATION",
        scale_in_configuration=threshold(20),
        scale_out_configuration=threshold(70),
    )


def on_query() -> m.ManagedComputeClusterCustomMetricExpressionRule:
    def query(text: str) -> object:
        return m.ManagedComputeClusterCustomExpressionQueryScalingConfiguration(
            query=text, pending_duration="PT5M", instance_count_adjustment=1
        )

    return m.ManagedComputeClusterCustomMetricExpressionRule(
        scale_in_configuration=query("CpuUtilization[1m].mean() < 20"),
        scale_out_configuration=query("CpuUtilization[1m].mean() > 70"),
    )


def _size(ocpus: float) -> m.ManagedComputeClusterInstanceShapeDetails:
    return m.ManagedComputeClusterInstanceShapeDetails(ocpus=ocpus, memory_in_gbs=16 * ocpus)


def cluster(scaling: object = None, **more: object) -> m.ManagedComputeClusterComputeConfigurationDetails:
    return m.ManagedComputeClusterComputeConfigurationDetails(
        instance_configuration=m.ManagedComputeClusterInstanceConfigurationDetails(
            instance_shape=SHAPE, instance_shape_details=_size(2), **more
        ),
        scaling_policy=scaling or fixed(1),
    )


def details(world: World, compute: object = None, **more: object) -> m.CreateComputeTargetDetails:
    given = {
        "compartment_id": world.compartment,
        "display_name": world.named("target"),
        "compute_configuration_details": compute or cluster(),
    }
    return m.CreateComputeTargetDetails(**{**given, **more})


def make(world: World, compute: object = None, **more: object) -> oci.Response:
    """A compute target that has come to rest: what get answers."""
    return made(world, world.client.create_compute_target(details(world, compute, **more)))


def made(world: World, answer: oci.Response) -> oci.Response:
    world.delete_later("delete_compute_target", answer.data.id)
    world.succeeded(answer, "COMPUTE_TARGET_CREATE")
    found = world.client.get_compute_target(answer.data.id)
    assert found.data.lifecycle_state == "ACTIVE"
    return found


@case("create_compute_target")
def create(world: World) -> None:
    more = {
        "description": "made by the conformance suite",
        "metadata": {"suite": "conformance"},
        "freeform_tags": {"suite": "conformance"},
        "defined_tags": {},
    }
    compute = cluster(
        capacity_reservation_ids=[world.outside["capacity_reservation"]], boot_volume_size_in_gbs=100
    )
    given, other = (
        details(world, compute, **more),
        details(world, compute, **{**more, "description": "other"}),
    )
    answer = world.once("create_compute_target", given, token="create-target", other=other)
    assert answer.data.lifecycle_state == "CREATING"
    found = made(world, answer).data
    for name in ("display_name", "description", "metadata", "freeform_tags"):
        assert getattr(found, name) == getattr(given, name), name
    assert found.compute_configuration_details == compute


@case("create_compute_target")
def create_that_scales(world: World) -> None:
    for rule in (on_load(), on_query()):
        compute = cluster(autoscaling(rule))
        assert make(world, compute).data.compute_configuration_details == compute


@case("get_compute_target")
def get(world: World) -> None:
    target = make(world).data
    assert world.client.get_compute_target(target.id).data == target
    call = world.client.get_compute_target
    world.refused(404, "NotAuthorizedOrNotFound", call, f"{target.id}none")


@case("list_compute_targets")
def list_all(world: World) -> None:
    first, second = make(world).data, make(world).data
    found = world.listed(
        "list_compute_targets",
        world.compartment,
        filters={
            "id": (first.id, "ocid1.datasciencecomputetarget.oc1.iad.none"),
            "display_name": (second.display_name, "nobody"),
            "lifecycle_state": ("ACTIVE", "FAILED"),
        },
        sorts={"timeCreated": "time_created", "displayName": "display_name"},
    )
    assert {first.id, second.id} <= {one.id for one in found}


def _changed(scaling: object, **more: object) -> m.UpdateManagedComputeClusterConfigurationDetails:
    instance = m.UpdateManagedComputeClusterInstanceConfigurationDetails(
        instance_shape=SHAPE, instance_shape_details=_size(4), **more
    )
    return m.UpdateManagedComputeClusterConfigurationDetails(
        instance_configuration=instance, scaling_policy=scaling
    )


@case("update_compute_target")
def update(world: World) -> None:
    made = make(world)
    compute = _changed(
        fixed(2),
        capacity_reservation_ids=[world.outside["capacity_reservation"]],
        boot_volume_size_in_gbs=200,
    )
    changed = m.UpdateComputeTargetDetails(
        display_name="changed",
        description="also",
        metadata={"key": "value"},
        compute_configuration_details=compute,
        freeform_tags={"a": "b"},
        defined_tags={},
    )
    answer = world.guarded("update_compute_target", made.data.id, changed, etag=made.headers["etag"])
    world.succeeded(answer, "COMPUTE_TARGET_UPDATE")
    found = world.client.get_compute_target(made.data.id)
    assert found.headers["etag"] != made.headers["etag"]
    for name in ("display_name", "description", "metadata", "freeform_tags"):
        assert getattr(found.data, name) == getattr(changed, name), name
    now = found.data.compute_configuration_details
    assert now.scaling_policy == fixed(2)
    assert now.instance_configuration.instance_shape_details == _size(4)
    assert now.instance_configuration.boot_volume_size_in_gbs == 200


@case("update_compute_target")
def update_of_the_scaling(world: World) -> None:
    target = make(world).data.id
    for rule in (on_load(), on_query()):
        config = m.UpdateManagedComputeClusterConfigurationDetails(scaling_policy=autoscaling(rule))
        changed = m.UpdateComputeTargetDetails(compute_configuration_details=config)
        world.succeeded(world.client.update_compute_target(target, changed), "COMPUTE_TARGET_UPDATE")
        now = world.client.get_compute_target(target).data.compute_configuration_details
        assert now.scaling_policy == autoscaling(rule)
        assert now.instance_configuration.instance_shape == SHAPE


@case("delete_compute_target")
def delete(world: World) -> None:
    made = make(world)
    answer = world.guarded("delete_compute_target", made.data.id, etag=made.headers["etag"])
    world.succeeded(answer, "COMPUTE_TARGET_DELETE")
    assert world.client.get_compute_target(made.data.id).data.lifecycle_state == "DELETED"


@case("change_compute_target_compartment")
def move(world: World) -> None:
    made = make(world)
    details = m.ChangeComputeTargetCompartmentDetails
    world.moved("compute_target", details, made.data.id, etag=made.headers["etag"])


@case("list_compute_target_shapes")
def shapes(world: World) -> None:
    found = world.listed("list_compute_target_shapes", world.compartment, filters={}, sorts={}, key="name")
    assert SHAPE in [one.name for one in found]
