"""A request for every operation of Data Science that the emulator is to accept, as the SDK makes it."""

from typing import Any

from oci.data_science import models as m

from tests.strangers.fuzz_seeds import NUMBER, Seeds
from tests.support.emulator import configuration, group_configuration, group_details

OUTSIDE = "ocid1.{}.oc1.iad.amaaaaaafuzzed"
SHAPE = "VM.Standard.E4.Flex"
TAGS = {"freeform_tags": {"by": "fuzz"}, "defined_tags": {}}
FIRST = {"limit": 5, "sort_by": "timeCreated", "sort_order": "ASC"}


def projects(s: Seeds) -> None:
    api, one = s.science, s.project
    api.create_project(s.of(m.CreateProjectDetails, display_name="p", description="of the fuzzer", **TAGS))
    api.list_projects(s.compartment, **FIRST)
    api.list_projects(s.compartment, id=one, display_name="p", lifecycle_state="ACTIVE", created_by="me")
    api.get_project(one)
    api.update_project(
        one, m.UpdateProjectDetails(display_name="q", description="also", **TAGS), if_match="*"
    )
    victim = s.cloud.project()
    api.change_project_compartment(victim, m.ChangeProjectCompartmentDetails(compartment_id=s.other))
    api.delete_project(s.cloud.project())


def models(s: Seeds) -> None:
    api, one = s.science, s.model()
    api.create_model(_every_field_of_a_model(s))
    api.list_models(s.compartment, **FIRST)
    api.list_models(
        s.compartment,
        id=one,
        project_id=s.project,
        display_name="m",
        lifecycle_state="ACTIVE",
        category="USER",
        version_label="first",
        model_version_set_name="set",
    )
    api.get_model(one)
    api.update_model(one, m.UpdateModelDetails(display_name="n", description="d", **TAGS), if_match="*")
    api.create_model_provenance(
        one, m.CreateModelProvenanceDetails(repository_url="https://a.b", git_branch="c")
    )
    api.get_model_provenance(one)
    api.update_model_provenance(one, m.UpdateModelProvenanceDetails(git_commit="c0ffee", script_dir="src"))
    api.deactivate_model(one)
    api.activate_model(one)
    api.change_model_compartment(s.model(), m.ChangeModelCompartmentDetails(compartment_id=s.other))
    api.restore_archived_model_artifact(one, restore_model_for_hours_specified=2)
    api.create_model_artifact(s.model(None), b"content")
    api.get_model_artifact_content(one, range="bytes=1-3")
    api.head_model_artifact(one)
    api.delete_model(s.model())


def _every_field_of_a_model(s: Seeds) -> Any:
    return s.of(
        m.CreateModelDetails,
        display_name="m",
        description="of the fuzzer",
        custom_metadata_list=[m.Metadata(key="accuracy", value="0.9", category="Performance")],
        defined_metadata_list=[m.Metadata(key="libraryName", value="onnx")],
        input_schema='{"schema": []}',
        output_schema='{"schema": []}',
        model_version_set_id=s.make("model_version_set", _version_set(s)),
        version_label=f"v{NUMBER}",
        retention_setting=m.RetentionSetting(archive_after_days=30, delete_after_days=60),
        backup_setting=m.BackupSetting(is_backup_enabled=False, backup_region="us-phoenix-1"),
        **TAGS,
    )


def metadata(s: Seeds) -> None:
    for word, key in (("custom", "notes"), ("defined", "readme")):
        entry = m.Metadata(key=key, value="see the artifact")
        model = s.model(**{f"{word}_metadata_list": [entry]})

        def ask(verb: str, *content: bytes, named: tuple[str, ...] = (model, key, word)) -> None:
            one, name, kind = named
            end = "_content" if verb == "get" else ""
            getattr(s.science, f"{verb}_model_{kind}_metadatum_artifact{end}")(one, name, *content)

        ask("create", b"content")
        ask("get")
        ask("head")
        ask("update", b"other")
        ask("delete")


def signatures(s: Seeds) -> None:
    api, model, given = s.science, s.model(), _signature(s)
    one, moved, gone = (s.make("model_artifact_signature", given, model) for _ in range(3))
    there = m.ChangeModelArtifactSignatureCompartmentDetails(compartment_id=s.other)
    api.create_model_artifact_signature(given, model)
    api.list_model_artifact_signatures(model, s.compartment, **FIRST)
    api.list_model_artifact_signatures(model, s.compartment, display_name="s", digest="d")
    api.get_model_artifact_signature(model, one)
    api.update_model_artifact_signature(m.UpdateModelArtifactSignatureDetails(display_name="t"), model, one)
    api.verify_model_artifact_signature(model, one)
    api.change_model_artifact_signature_compartment(there, model, moved)
    api.delete_model_artifact_signature(model, gone)


def _signature(s: Seeds) -> Any:
    return s.of(
        m.CreateModelArtifactSignatureDetails,
        display_name="s",
        kms_key_id=OUTSIDE.format("key"),
        kms_key_version_id=OUTSIDE.format("keyversion"),
        signing_algorithm="SHA_256_RSA_PKCS_PSS",
    )


def _version_set(s: Seeds) -> Any:
    return s.of(m.CreateModelVersionSetDetails, name=f"set-{len(s.noted)}-{NUMBER}", description="d", **TAGS)


def version_sets(s: Seeds) -> None:
    api = s.science
    one, moved, gone = (
        s.make("model_version_set", s.of(m.CreateModelVersionSetDetails, name=name)) for name in "abc"
    )
    api.create_model_version_set(_version_set(s))
    api.list_model_version_sets(s.compartment, **FIRST)
    api.list_model_version_sets(s.compartment, name="a", project_id=s.project, category="USER", id=one)
    api.get_model_version_set(one)
    api.update_model_version_set(one, m.UpdateModelVersionSetDetails(description="e", **TAGS))
    there = m.ChangeModelVersionSetCompartmentDetails(compartment_id=s.other)
    api.change_model_version_set_compartment(moved, there)
    api.delete_model_version_set(gone, is_delete_related_models=True)


def groups(s: Seeds) -> None:
    api, one = s.science, s.group()
    shared = s.group(m.HomogeneousModelGroupDetails())
    api.create_model_group(group_details(s.compartment, s.project, {"one": s.model(), "two": s.model()}))
    clone = m.CloneCreateFromModelGroupDetails(
        source_id=one, modify_model_group_details=m.ModifyModelGroupDetails(display_name="clone")
    )
    api.create_model_group(s.of(m.CloneModelGroupDetails, model_group_clone_source_details=clone))
    api.list_model_groups(s.compartment, **FIRST)
    api.list_model_groups(s.compartment, id=one, project_id=s.project, lifecycle_state="ACTIVE")
    api.get_model_group(one)
    api.update_model_group(one, m.UpdateModelGroupDetails(display_name="h", **TAGS))
    api.list_model_group_models(one, s.compartment, **FIRST)
    api.create_model_group_artifact(shared, b"content")
    api.get_model_group_artifact_content(shared)
    api.head_model_group_artifact(shared)
    api.deactivate_model_group(one)
    api.activate_model_group(one)
    there = m.ChangeModelGroupCompartmentDetails(compartment_id=s.other)
    api.change_model_group_compartment(s.group(), there)
    api.delete_model_group(s.group())


def histories(s: Seeds) -> None:
    def given(name: str) -> Any:
        return s.of(m.CreateModelGroupVersionHistoryDetails, display_name=name, description="d", **TAGS)

    api = s.science
    one, moved, gone = (s.make("model_group_version_history", given(name)) for name in "abc")
    api.create_model_group_version_history(given(f"h{NUMBER}"))
    api.list_model_group_version_histories(s.compartment, **FIRST)
    api.list_model_group_version_histories(s.compartment, id=one, display_name="a", project_id=s.project)
    api.get_model_group_version_history(one)
    api.update_model_group_version_history(one, m.UpdateModelGroupVersionHistoryDetails(description="e"))
    there = m.ChangeModelGroupVersionHistoryCompartmentDetails(compartment_id=s.other)
    api.change_model_group_version_history_compartment(moved, there)
    api.delete_model_group_version_history(gone)


def deployments(s: Seeds) -> None:
    api, model, group = s.science, s.model(), s.group()
    one = s.cloud.create(s.project, configuration(model, triton=False))
    for config in (configuration(model, triton=False), group_configuration(group, triton=False)):
        api.create_model_deployment(_deployment(s, config))
    grouped = s.make("model_deployment", _deployment(s, group_configuration(group, triton=False)))
    api.list_model_deployments(s.compartment, **FIRST)
    api.list_model_deployments(s.compartment, id=one, project_id=s.project, lifecycle_state="ACTIVE")
    api.get_model_deployment(one)
    changed = configuration(model, update=True, triton=False, instances=2)
    api.update_model_deployment(
        one, m.UpdateModelDeploymentDetails(model_deployment_configuration_details=changed, **TAGS)
    )
    # While it serves, no two of model, size and container may change at once.
    of_group = m.UpdateModelGroupDeploymentConfigurationDetails(
        model_group_configuration_details=m.UpdateModelGroupConfigurationDetails(model_group_id=s.group())
    )
    api.update_model_deployment(
        grouped,
        m.UpdateModelDeploymentDetails(display_name="e", model_deployment_configuration_details=of_group),
    )
    api.list_model_deployment_model_states(grouped, s.compartment, limit=5)
    api.deactivate_model_deployment(one)
    api.activate_model_deployment(one)
    there = m.ChangeModelDeploymentCompartmentDetails(compartment_id=s.other)
    api.change_model_deployment_compartment(s.deployment(), there)
    api.delete_model_deployment(s.deployment())
    api.list_model_deployment_shapes(s.compartment, limit=5)
    api.list_compute_target_shapes(s.compartment, limit=5)
    api.list_containers(is_latest=True, limit=5)


def _deployment(s: Seeds, config: Any) -> Any:
    logs = m.LogDetails(log_group_id=OUTSIDE.format("loggroup"), log_id=OUTSIDE.format("log"))
    return s.of(
        m.CreateModelDeploymentDetails,
        display_name="d",
        description="of the fuzzer",
        model_deployment_configuration_details=config,
        category_log_details=m.CategoryLogDetails(access=logs, predict=logs),
        **TAGS,
    )


def private_endpoints(s: Seeds) -> None:
    api = s.science
    given = s.of(
        m.CreateDataSciencePrivateEndpointDetails,
        display_name="e",
        description="d",
        subnet_id=OUTSIDE.format("subnet"),
        nsg_ids=[OUTSIDE.format("networksecuritygroup")],
        data_science_resource_type="MODEL_DEPLOYMENT",
        **TAGS,
    )
    one, moved, gone = (s.make("data_science_private_endpoint", given) for _ in range(3))
    api.create_data_science_private_endpoint(given)
    api.list_data_science_private_endpoints(s.compartment, **FIRST)
    api.list_data_science_private_endpoints(s.compartment, data_science_resource_type="MODEL_DEPLOYMENT")
    api.get_data_science_private_endpoint(one)
    changed = m.UpdateDataSciencePrivateEndpointDetails(display_name="f", description="e", **TAGS)
    api.update_data_science_private_endpoint(one, changed)
    there = m.ChangeDataSciencePrivateEndpointCompartmentDetails(compartment_id=s.other)
    api.change_data_science_private_endpoint_compartment(moved, there)
    api.delete_data_science_private_endpoint(gone)


def compute_targets(s: Seeds) -> None:
    api, size = s.science, m.ManagedComputeClusterInstanceShapeDetails(ocpus=2, memory_in_gbs=32)
    pool = {
        "instance_configuration": m.ManagedComputeClusterInstanceConfigurationDetails(
            instance_shape=SHAPE, instance_shape_details=size
        ),
        "scaling_policy": m.ManagedComputeClusterFixedSizeScalingPolicy(instance_count=1),
    }
    given = s.of(
        m.CreateComputeTargetDetails,
        display_name="t",
        compute_configuration_details=m.ManagedComputeClusterComputeConfigurationDetails(**pool),
        **TAGS,
    )
    one, moved, gone = (s.make("compute_target", given) for _ in range(3))
    more = m.UpdateManagedComputeClusterConfigurationDetails(
        scaling_policy=m.ManagedComputeClusterFixedSizeScalingPolicy(instance_count=2)
    )
    api.create_compute_target(given)
    api.list_compute_targets(s.compartment, **FIRST)
    api.list_compute_targets(s.compartment, id=one, display_name="t", lifecycle_state="ACTIVE")
    api.get_compute_target(one)
    changed = m.UpdateComputeTargetDetails(display_name="u", compute_configuration_details=more, **TAGS)
    api.update_compute_target(one, changed)
    there = m.ChangeComputeTargetCompartmentDetails(compartment_id=s.other)
    api.change_compute_target_compartment(moved, there)
    api.delete_compute_target(gone)


def work_requests(s: Seeds) -> None:
    api = s.science
    found = s.cloud.finished(s.cloud.sdk.list_work_requests(s.compartment, limit=1).data[0].id)
    api.list_work_requests(s.compartment, limit=5, sort_by="timeAccepted", sort_order="DESC")
    api.list_work_requests(
        s.compartment, id=found.id, operation_type=found.operation_type, status="SUCCEEDED"
    )
    api.get_work_request(found.id)
    api.list_work_request_logs(found.id, limit=5)
    api.list_work_request_errors(found.id, limit=5)
    api.cancel_work_request(found.id)


PARTS = (
    projects,
    models,
    metadata,
    signatures,
    version_sets,
    groups,
    histories,
    deployments,
    private_endpoints,
    compute_targets,
    work_requests,
)
