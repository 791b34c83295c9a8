"""What the servers of a deployment run, from its document. Pure."""

from pathlib import Path
from typing import Any

from datascience_emulator.data_science.deployments.document_parts import (
    DEFAULT_PORT,
    environment,
    instance_count,
    model_group_id,
    pool,
)
from datascience_emulator.data_science.offerings.compute_shapes import COMPUTE_SHAPES, ComputeShape
from datascience_emulator.lifecycle.serving_protocol import Serving
from datascience_emulator.registry.images import Name
from datascience_emulator.wire.json_values import Json

_GB = 2**30


def make_revision(serving: Serving, document: Json, model_dir: Path, tenancy: str) -> object:
    container = environment(document)
    variables = container.get("environmentVariables", {})
    return serving.Revision(
        model_dir=model_dir,
        environment={**variables, **_service_variables(document, tenancy)},
        server_port=container.get("serverPort", DEFAULT_PORT),
        instances=instance_count(document),
        entrypoint=tuple(container.get("entrypoint", ())),
        cmd=tuple(container.get("cmd", ())),
        live=model_group_id(document) is not None,
        triton=variables.get("CONTAINER_TYPE") == "TRITON",
        container=serving.Container(**_container(document)) if "image" in container else None,
    )


def _service_variables(document: Json, tenancy: str) -> dict[str, str]:
    """What the service sets itself (docs/service.md §4.2). UNVERIFIED: that CONTAINER_CUSTOM_IMAGE is the
    image as the deployment names it.
    """
    image = environment(document).get("image")
    variables = {"MODEL_DEPLOYMENT_OCID": document["id"], "TENANCY_OCID": tenancy}
    return {**variables, "CONTAINER_CUSTOM_IMAGE": image} if image else variables


def _container(document: Json) -> dict[str, Any]:
    container = environment(document)
    name = Name.parse(container["image"])
    port = container.get("serverPort", DEFAULT_PORT)
    instance = pool(document)["instanceConfiguration"]
    shape = COMPUTE_SHAPES[instance["instanceShapeName"]]
    return {
        "image": f"{name.host}/{name.path}",
        "digest": container.get("imageDigest") or None,
        # UNVERIFIED: that health is asked where the server is when no port is given for it.
        "health_check_port": container.get("healthCheckPort", port),
        "shape": shape.name,
        "architecture": "arm64" if shape.arm else "amd64",
        "gpu": shape.series == "NVIDIA_GPU",
        **_size(shape, instance.get("modelDeploymentInstanceShapeConfigDetails", {})),
    }


def _size(shape: ComputeShape, asked: Json) -> dict[str, Any]:
    """Without a size, a flexible shape has none that a source names. An OCPU is two CPUs, on Arm it is one
    (docs.oracle.com, Compute/References/computeshapes.htm).
    """
    ocpus, memory = (
        (asked.get("ocpus"), asked.get("memoryInGBs")) if shape.flexible else (shape.cores, shape.memory)
    )
    threads = 1 if shape.arm else 2
    return {
        "cpus": None if ocpus is None else ocpus * threads,
        "memory": None if memory is None else int(memory * _GB),
    }
