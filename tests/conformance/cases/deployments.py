"""Model deployments of one model: created, listed, started, stopped, moved, deleted."""

from typing import Any

import oci
from oci.data_science import models as m

from tests.conformance.cases import deployment_parts as parts
from tests.conformance.cases import endpoints, models, projects, signatures
from tests.support.operations import World, case

NOBODY = "ocid1.datasciencemodeldeployment.oc1.iad.none"


def of_model(model: str, environment: object, **more: object) -> m.SingleModelDeploymentConfigurationDetails:
    return m.SingleModelDeploymentConfigurationDetails(
        model_configuration_details=m.ModelConfigurationDetails(model_id=model, **parts.pool(**more)),
        environment_configuration_details=environment,
    )


def byoc(**container: Any) -> m.OcirModelDeploymentEnvironmentConfigurationDetails:
    return m.OcirModelDeploymentEnvironmentConfigurationDetails(**container)


def details(
    world: World, project: str, configuration: object, **more: object
) -> m.CreateModelDeploymentDetails:
    given = {
        "display_name": "conformance",
        "project_id": project,
        "compartment_id": world.compartment,
        "model_deployment_configuration_details": configuration,
    }
    return m.CreateModelDeploymentDetails(**{**given, **more})


def created(world: World, project: str | None = None, **more: object) -> oci.Response:
    """The answer to a plain create: one model, one instance."""
    project = project or projects.make(world).data.id
    configuration = of_model(models.ready(world, project), byoc(**parts.plain_container(world)))
    answer = world.client.create_model_deployment(details(world, project, configuration, **more))
    world.delete_later("delete_model_deployment", answer.data.id)
    return answer


def make(world: World, project: str | None = None, **more: object) -> oci.Response:
    """A deployment that serves: what get answers."""
    return serving(world, created(world, project, **more))


def serving(world: World, answer: oci.Response) -> oci.Response:
    world.succeeded(answer, "MODEL_DEPLOYMENT_CREATE")
    found = world.client.get_model_deployment(answer.data.id)
    assert found.data.lifecycle_state == "ACTIVE"
    return found


def state(world: World, deployment: str) -> str:
    return str(world.client.get_model_deployment(deployment).data.lifecycle_state)


def stopped(world: World, deployment: str) -> None:
    answer = world.client.deactivate_model_deployment(deployment)
    world.succeeded(answer, "MODEL_DEPLOYMENT_DEACTIVATE")
    assert state(world, deployment) == "INACTIVE"


@case("create_model_deployment")
def create(world: World) -> None:
    """With every field, on instances of a fixed number."""
    project = projects.make(world).data.id
    model, endpoint = models.ready(world, project), endpoints.make(world).data.id
    configuration = of_model(
        model, byoc(**parts.container(world)), instance_configuration=parts.own_network(world, endpoint)
    )
    signature = signatures.make(world, model).data.id
    configuration.model_configuration_details.model_artifact_signature_id = signature
    more = {
        "description": "made by the conformance suite",
        "category_log_details": m.CategoryLogDetails(**parts.logs(world)),
        "freeform_tags": {"suite": "conformance"},
        "defined_tags": {},
    }
    given = details(world, project, configuration, **more)
    other = details(world, project, configuration, **{**more, "display_name": "other"})
    answer = world.once("create_model_deployment", given, token="create-deployment", other=other)
    world.delete_later("delete_model_deployment", answer.data.id)
    assert answer.data.lifecycle_state == "CREATING"
    assert answer.headers["location"].endswith(answer.data.id)
    found = serving(world, answer).data
    for name in ("display_name", "description", "category_log_details", "freeform_tags"):
        assert getattr(found, name) == getattr(given, name), name
    assert found.model_deployment_configuration_details == configuration
    assert found.model_deployment_url.endswith(found.id)
    assert found.model_deployment_system_data is None


@case("create_model_deployment")
def create_that_scales(world: World) -> None:
    """In the managed environment, on as many instances as a metric asks for."""
    project = projects.make(world).data.id
    environment = m.DefaultModelDeploymentEnvironmentConfigurationDetails(
        environment_variables={"WEB_CONCURRENCY": "1"}
    )
    for rule in (parts.on_load(), parts.on_load("MEMORY_UTILIZATION"), parts.on_query()):
        model = models.ready(world, project)
        configuration = of_model(model, environment, scaling_policy=parts.autoscaling(rule))
        answer = world.client.create_model_deployment(
            details(world, project, configuration), opc_parent_rpt_url="https://example.com/rpt"
        )
        world.delete_later("delete_model_deployment", answer.data.id)
        found = serving(world, answer).data
        assert found.model_deployment_configuration_details == configuration
        assert found.model_deployment_system_data.system_infra_type == "INSTANCE_POOL"
        assert found.model_deployment_system_data.current_instance_count >= 1


@case("create_model_deployment")
def create_with_what_the_service_fills_in(world: World) -> None:
    project = projects.make(world).data.id
    configuration = of_model(models.ready(world, project), byoc(**parts.plain_container(world)))
    answer = world.client.create_model_deployment(
        m.CreateModelDeploymentDetails(
            project_id=project,
            compartment_id=world.compartment,
            model_deployment_configuration_details=configuration,
        )
    )
    world.delete_later("delete_model_deployment", answer.data.id)
    found = serving(world, answer).data
    assert found.display_name
    environment = found.model_deployment_configuration_details.environment_configuration_details
    assert environment.image_digest.startswith("sha256:")


@case("get_model_deployment")
def get(world: World) -> None:
    made = make(world)
    found = world.client.get_model_deployment(made.data.id)
    assert (found.data, found.headers["etag"]) == (made.data, made.headers["etag"])
    world.refused(404, "NotAuthorizedOrNotFound", world.client.get_model_deployment, NOBODY)


@case("list_model_deployments")
def list_all(world: World) -> None:
    project = projects.make(world).data.id
    first = make(world, project, display_name="first").data
    second = make(world, project, display_name="second").data
    stopped(world, second.id)
    found = world.listed(
        "list_model_deployments",
        world.compartment,
        within={"project_id": project},
        filters={
            "id": (first.id, NOBODY),
            "project_id": (project, "ocid1.datascienceproject.oc1.iad.none"),
            "display_name": ("second", "nobody"),
            "lifecycle_state": ("INACTIVE", "FAILED"),
            "created_by": (first.created_by, "ocid1.user.oc1..none"),
        },
        sorts={"timeCreated": "time_created", "displayName": "display_name"},
    )
    assert {one.id for one in found} == {first.id, second.id}
    (listed,) = [one for one in found if one.id == first.id]
    assert listed.model_deployment_configuration_details == first.model_deployment_configuration_details


@case("list_model_deployment_model_states")
def model_states(world: World) -> None:
    deployment = make(world).data
    config = deployment.model_deployment_configuration_details
    (found,) = world.client.list_model_deployment_model_states(deployment.id, world.compartment).data
    assert found.model_id == config.model_configuration_details.model_id
    assert (found.project_id, found.state) == (deployment.project_id, "SUCCESS")


@case("deactivate_model_deployment", "activate_model_deployment")
def stop_and_start(world: World) -> None:
    made = make(world)
    deployment = made.data.id
    world.refused(409, "IncorrectState", world.client.activate_model_deployment, deployment)
    answer = world.guarded("deactivate_model_deployment", deployment, etag=made.headers["etag"])
    work = world.succeeded(answer, "MODEL_DEPLOYMENT_DEACTIVATE")
    assert deployment in [one.identifier for one in work.resources]
    found = world.client.get_model_deployment(deployment)
    assert found.data.lifecycle_state == "INACTIVE"
    world.refused(409, "IncorrectState", world.client.deactivate_model_deployment, deployment)
    answer = world.guarded("activate_model_deployment", deployment, etag=found.headers["etag"])
    world.succeeded(answer, "MODEL_DEPLOYMENT_ACTIVATE")
    again = world.client.get_model_deployment(deployment).data
    assert again.lifecycle_state == "ACTIVE"
    assert again.model_deployment_url == made.data.model_deployment_url


@case("delete_model_deployment")
def delete(world: World) -> None:
    made = make(world)
    answer = world.guarded("delete_model_deployment", made.data.id, etag=made.headers["etag"])
    work = world.succeeded(answer, "MODEL_DEPLOYMENT_DELETE")
    (one,) = [one for one in work.resources if one.identifier == made.data.id]
    assert one.action_type == "DELETED"
    assert "model-deployment" in one.entity_type.lower()
    assert state(world, made.data.id) == "DELETED"
    model = made.data.model_deployment_configuration_details.model_configuration_details.model_id
    world.client.delete_model(model)
    assert world.client.get_model(model).data.lifecycle_state == "DELETED"


@case("delete_model_deployment")
def delete_what_is_stopped(world: World) -> None:
    deployment = make(world).data.id
    stopped(world, deployment)
    answer = world.client.delete_model_deployment(deployment)
    world.succeeded(answer, "MODEL_DEPLOYMENT_DELETE")
    assert state(world, deployment) == "DELETED"


@case("change_model_deployment_compartment")
def move(world: World) -> None:
    made = make(world)
    details = m.ChangeModelDeploymentCompartmentDetails
    world.moved("model_deployment", details, made.data.id, etag=made.headers["etag"])
    assert state(world, made.data.id) == "ACTIVE"
