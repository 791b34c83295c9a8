"""Lists of compute shapes, and of the containers that the service offers."""

from typing import Any

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation, Status
from datascience_emulator.data_science.offerings.compute_shapes import SHAPES
from datascience_emulator.data_science.offerings.containers import CONTAINERS
from datascience_emulator.wire.calls import Answer, Call, require_query
from datascience_emulator.wire.errors import invalid
from datascience_emulator.wire.json_values import Json
from datascience_emulator.wire.pages import list_items


def shapes(cloud: Cloud, call: Call) -> Answer:
    require_query(call, "compartmentId")
    items = [
        {"name": s.name, "coreCount": s.cores, "memoryInGBs": s.memory, "shapeSeries": s.series}
        for s in SHAPES.values()
    ]
    return list_items(call, items)


# Query parameter → field that has to equal it, or list that has to contain it.
_FILTERS = {
    "displayName": "displayName",
    "containerName": "containerName",
    "lifecycleState": "lifecycleState",
    "targetWorkload": "targetWorkloads",
    "usageQueryParam": "usages",
    "tagQueryParam": "tag",
}


def containers(cloud: Cloud, call: Call) -> Answer:
    return list_items(call, [container for container in CONTAINERS if _fits(container, call)])


def _fits(container: Json, call: Call) -> bool:
    filters = {field: call.query[name] for name, field in _FILTERS.items() if name in call.query}
    latest = call.query.get("isLatest", "false")
    if latest not in ("true", "false"):
        raise invalid(f"isLatest: must be true or false, is {latest!r}")
    if latest == "true" and not container["isLatest"]:
        return False
    return all(_has(container[field], value) for field, value in filters.items())


def _has(field: Any, value: str) -> bool:
    return value in field if isinstance(field, list) else bool(field == value)


_OF_SHAPES = ("compartmentId", "limit", "page")
OPERATIONS = (
    Operation("list_model_deployment_shapes", "GET", "/modelDeploymentShapes", shapes, query=_OF_SHAPES),
    Operation("list_compute_target_shapes", "GET", "/computeTargetShapes", shapes, query=_OF_SHAPES),
    Operation(
        "list_containers",
        "GET",
        "/containers",
        containers,
        query=("isLatest", *_FILTERS, "limit", "page"),
        status=Status.CONTROL_PLANE,
        note="A few of the service's containers, as a sample; deployments cannot run them here.",
    ),
)
