"""Lists of compute shapes, and of the containers that the service offers."""

from typing import Any

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation, Status
from datascience_emulator.data_science.offerings.compute_shapes import COMPUTE_SHAPES
from datascience_emulator.data_science.offerings.containers import CONTAINERS
from datascience_emulator.wire.calls import Answer, Call, query_flag, require_query
from datascience_emulator.wire.json_values import Json
from datascience_emulator.wire.pages import list_items


def compute_shapes(cloud: Cloud, call: Call) -> Answer:
    require_query(call, "compartmentId")
    items = [
        {
            "name": shape.name,
            "coreCount": shape.cores,
            "memoryInGBs": shape.memory,
            "shapeSeries": shape.series,
        }
        for shape in COMPUTE_SHAPES.values()
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
    if query_flag(call, "isLatest") and not container["isLatest"]:
        return False
    return all(_has(container[field], value) for field, value in filters.items())


def _has(field: Any, value: str) -> bool:
    return value in field if isinstance(field, list) else bool(field == value)


_PAGED = ("compartmentId", "limit", "page")
OPERATIONS = (
    Operation("list_model_deployment_shapes", "GET", "/modelDeploymentShapes", compute_shapes, query=_PAGED),
    Operation("list_compute_target_shapes", "GET", "/computeTargetShapes", compute_shapes, query=_PAGED),
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
