"""The emulator's operations as an OpenAPI 3.1 document, made from the table of operations.

It describes requests in full. Of responses it says only what all have in common: JSON, or an error with
`code` and `message`.
"""

import re
from collections.abc import Sequence
from typing import Any

from datascience_emulator.api.operations import Operation, Service, StreamOperation
from datascience_emulator.wire.json_values import Json

_ERROR: Json = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
}
# Parameters that have the same meaning in all services. All others are strings.
_BOOLEAN: Json = {"type": "boolean"}
_PARAMETERS: dict[str, Json] = {
    "compartmentIdInSubtree": _BOOLEAN,
    "isDeleteRelatedModels": _BOOLEAN,
    "isLatest": _BOOLEAN,
    "isVersioned": _BOOLEAN,
    "limit": {"type": "integer", "minimum": 1},
    "restoreModelForHoursSpecified": {"type": "integer", "minimum": 1},
    "sortOrder": {"type": "string", "enum": ["ASC", "DESC"]},
    "uploadPartNum": {"type": "integer", "minimum": 1},
}


def description(services: Sequence[Service], version: str) -> Json:
    paths: dict[str, Json] = {}
    for service in services:
        for operation in service.operations:
            path = re.sub(r"{(\w+):\w+}", r"{\1}", f"{service.base}{operation.path}")
            paths.setdefault(path, {})[operation.method.lower()] = _operation(service, operation, path)
    return {
        "openapi": "3.1.0",
        "info": {"title": "A local OCI Data Science", "version": version},
        "paths": paths,
        "components": {"schemas": {"Error": _ERROR}},
    }


def _operation(service: Service, operation: Operation | StreamOperation, path: str) -> Json:
    described: Json = {
        "operationId": f"{service.name}: {operation.name}",
        "tags": [service.name],
        "parameters": [*_path_parameters(path), *(_parameter(name, "query") for name in operation.query)],
        "responses": {"2XX": {"description": "done, or accepted"}, "default": _refused()},
    }
    if operation.note:
        described["description"] = operation.note
    match operation:
        case Operation(body=body) if body is not None:
            described["requestBody"] = _body("application/json", body.schema)
        case StreamOperation(method="POST" | "PUT"):
            described["requestBody"] = _body("application/octet-stream", {"type": "string"})
    if operation.method != "GET":
        described["parameters"].append(_parameter("if-match", "header"))
    if isinstance(operation, Operation) and operation.retry_token:
        described["parameters"].append(_parameter("opc-retry-token", "header"))
    return described


def _path_parameters(path: str) -> list[Json]:
    return [{**_parameter(name, "path"), "required": True} for name in re.findall(r"{(\w+)}", path)]


def _parameter(name: str, where: str) -> Json:
    return {"name": name, "in": where, "schema": _PARAMETERS.get(name, {"type": "string"})}


def _body(media_type: str, schema: Any) -> Json:
    return {"required": True, "content": {media_type: {"schema": schema}}}


def _refused() -> Json:
    return {
        "description": "refused",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
