"""What a user of oracle-ads writes, as a program in an environment that has nothing else of this project.

It reads one JSON object per line, `{"do": …, …}`, does that with oracle-ads, and answers with one:
`{"is": …}`, or the error that oracle-ads raised. The library is what it was published as; all it is told is
where the service is.
"""

import contextlib
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ANSWERS = os.fdopen(os.dup(1), "w", buffering=1)
sys.stdout = sys.stderr  # the library draws its progress bars there

import ads  # noqa: E402
from ads.model.datascience_model import DataScienceModel  # noqa: E402
from ads.model.datascience_model_group import DataScienceModelGroup  # noqa: E402
from ads.model.deployment import (  # noqa: E402
    ModelDeployment,
    ModelDeploymentContainerRuntime,
    ModelDeploymentInfrastructure,
)
from ads.model.deployment.model_deployment import LogNotConfiguredError  # noqa: E402
from ads.model.model_metadata import ModelCustomMetadata, ModelProvenanceMetadata  # noqa: E402
from ads.model.model_version_set import ModelVersionSet  # noqa: E402

PATIENCE = {"max_wait_time": 300, "poll_interval": 0.2}
HERE: dict[str, str] = {}
LOG_GROUP = "ocid1.loggroup.oc1.iad.amaaaaaalogs"
ACCESS_LOG = {"log_group_id": LOG_GROUP, "log_id": "ocid1.log.oc1.iad.amaaaaaaaccess"}
PREDICT_LOG = {"log_group_id": LOG_GROUP, "log_id": "ocid1.log.oc1.iad.amaaaaaapredict"}


def sign_in(config_file: str, profile: str, endpoint: str, compartment: str, project: str) -> None:
    ads.set_auth(
        "api_key",
        oci_config_location=config_file,
        profile=profile,
        client_kwargs={"service_endpoint": endpoint},
    )
    HERE.update(compartment_id=compartment, project_id=project)


# -- models


def create_model(
    folder: str,
    name: str,
    accuracy: str,
    git_commit: str = "",
    version_set: str = "",
    label: str = "",
    bucket_uri: str = "",
) -> Any:
    metadata = ModelCustomMetadata()
    metadata.add(key="accuracy", value=accuracy, category="Performance")
    model = (
        DataScienceModel()
        .with_compartment_id(HERE["compartment_id"])
        .with_project_id(HERE["project_id"])
        .with_display_name(name)
        .with_custom_metadata_list(metadata)
        .with_artifact(folder)
    )
    if git_commit:
        model.with_provenance_metadata(ModelProvenanceMetadata(git_commit=git_commit))
    if version_set:
        model.with_model_version_set_id(version_set).with_version_label(label)
    # What it would remove from the bucket, it would by fsspec, which cannot be told where the service is.
    way = {"bucket_uri": bucket_uri, "remove_existing_artifact": False} if bucket_uri else {}
    return described(model.create(**way))


def create_version_set(name: str) -> str:
    return str(ModelVersionSet(name=name, **HERE).create().id)


def models_of_version_set(version_set: str) -> list[Any]:
    return [described(model) for model in ModelVersionSet.from_id(version_set).models()]


def create_group(name: str, members: dict[str, str]) -> Any:
    group = (
        DataScienceModelGroup()
        .with_compartment_id(HERE["compartment_id"])
        .with_project_id(HERE["project_id"])
        .with_display_name(name)
        .with_custom_metadata_list(ModelCustomMetadata())
        .with_member_models([{"inference_key": key, "model_id": model} for key, model in members.items()])
    )
    return described(group.create(**PATIENCE))


def get_model(model: str) -> Any:
    return described(DataScienceModel.from_id(model))


def download_model(model: str, folder: str) -> list[str]:
    DataScienceModel.from_id(model).download_artifact(target_dir=folder, force_overwrite=True)
    return sorted(str(file.relative_to(folder)) for file in Path(folder).rglob("*") if file.is_file())


def delete_model(model: str) -> Any:
    found = DataScienceModel.from_id(model)
    found.delete()
    return described(found)


# -- deployments


def deploy(name: str, model: str = "", group: str = "", logged: bool = False, wait: bool = True) -> Any:
    infrastructure = (
        ModelDeploymentInfrastructure()
        .with_compartment_id(HERE["compartment_id"])
        .with_project_id(HERE["project_id"])
        .with_shape_name("VM.Standard.E4.Flex")
        .with_shape_config_details(ocpus=1, memory_in_gbs=16)
        .with_replica(1)
        .with_bandwidth_mbps(10)
    )
    if logged:
        infrastructure.with_access_log(**ACCESS_LOG).with_predict_log(**PREDICT_LOG)
    runtime = (
        ModelDeploymentContainerRuntime()
        .with_image("iad.ocir.io/acme/triton:1.0.0")
        .with_server_port(8000)
        .with_health_check_port(8000)
        .with_env({"CONTAINER_TYPE": "TRITON"})
        .with_cmd(["tritonserver", "--model-repository=/opt/ds/model/deployed_model"])
    )
    _ = runtime.with_model_uri(model) if model else runtime.with_model_group_id(group)
    deployment = ModelDeployment(display_name=name, infrastructure=infrastructure, runtime=runtime)
    return described(deployment.deploy(wait_for_completion=wait, **PATIENCE))


def watch(deployment: str) -> list[str]:
    """What it prints: the state until the deployment serves; then its logs, if any, until it does not."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.suppress(LogNotConfiguredError):
        ModelDeployment.from_id(deployment).watch(interval=0.1)
    return printed.getvalue().splitlines()


def logs(deployment: str, kind: str) -> list[str]:
    shown = ModelDeployment.from_id(deployment).show_logs(log_type=kind)
    return [str(message) for message in shown["message"]]


def get_deployment(deployment: str) -> Any:
    return described(ModelDeployment.from_id(deployment))


def list_deployments(state: str) -> list[str]:
    found = ModelDeployment.list(
        status=state, compartment_id=HERE["compartment_id"], project_id=HERE["project_id"]
    )
    return [deployment.id for deployment in found]


def predict(deployment: str, data: Any, model_name: str, model_version: str) -> Any:
    return ModelDeployment.from_id(deployment).predict(
        data=data, model_name=model_name, model_version=model_version
    )


def update(deployment: str, model: str) -> Any:
    found = ModelDeployment.from_id(deployment)
    found.runtime.with_model_uri(model)
    return described(found.update(**PATIENCE))


def update_live(deployment: str, group: str) -> Any:
    found = ModelDeployment.from_id(deployment)
    found.runtime.with_model_group_id(group)
    return described(found.update(update_type="LIVE", **PATIENCE))


def deactivate(deployment: str) -> Any:
    return described(ModelDeployment.from_id(deployment).deactivate(**PATIENCE))


def activate(deployment: str) -> Any:
    return described(ModelDeployment.from_id(deployment).activate(**PATIENCE))


def delete(deployment: str) -> Any:
    return described(ModelDeployment.from_id(deployment).delete(**PATIENCE))


# -- the conversation


def described(thing: Any) -> Any:
    """Its specification as oracle-ads writes it to YAML."""
    return json.loads(json.dumps(thing.to_dict()["spec"], default=str))


VERBS: dict[str, Callable[..., Any]] = {
    verb.__name__: verb
    for verb in (
        sign_in,
        create_model,
        create_version_set,
        models_of_version_set,
        create_group,
        get_model,
        download_model,
        delete_model,
        deploy,
        watch,
        logs,
        get_deployment,
        list_deployments,
        predict,
        update,
        update_live,
        deactivate,
        activate,
        delete,
    )
}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"is": VERBS[request.pop("do")](**request)}
    except Exception as error:  # whatever the library raises is for the tests to judge
        return {"error": type(error).__name__, "message": str(error)}


if __name__ == "__main__":
    for line in sys.stdin:
        ANSWERS.write(json.dumps(answer(json.loads(line))) + "\n")
