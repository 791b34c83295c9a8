"""Resource Search for the resources of the emulator. It has no index, so results are never out of date."""

from dataclasses import dataclass

from datascience_emulator.api.cloud import Cloud
from datascience_emulator.api.operations import Operation, Service
from datascience_emulator.search.match import (
    Resource,
    as_resource,
    check_field,
    conditions,
    matches,
    satisfies,
    sort_key,
)
from datascience_emulator.search.query import Query, parse_query, refuse
from datascience_emulator.store.store import Kind
from datascience_emulator.wire.calls import Answer, Call
from datascience_emulator.wire.errors import not_found
from datascience_emulator.wire.json_values import Json
from datascience_emulator.wire.pages import Page, list_items, page_limit, page_of
from datascience_emulator.wire.schema import one_of, record, tagged, text

_CONFIG = "modelDeploymentConfigurationDetails"
_COMMON = ("description", "createdBy", "projectId")


@dataclass(frozen=True, slots=True)
class _Type:
    """A resource type. `additional`: fields of the document that not every resource has, or paths to them."""

    name: str
    kind: Kind
    additional: tuple[str, ...]


# No document lists the additional fields of the service; these are the ones that oracle-ads uses.
_TYPES = (
    _Type("DataScienceProject", "project", ("description", "createdBy")),
    _Type(
        "DataScienceModel",
        "model",
        (*_COMMON, "modelVersionSetId", "modelVersionSetName", "versionLabel", "customMetadataList"),
    ),
    _Type(
        "DataScienceModelDeployment",
        "deployment",
        (
            *_COMMON,
            f"{_CONFIG}.modelConfigurationDetails.modelId",
            f"{_CONFIG}.modelGroupConfigurationDetails.modelGroupId",
        ),
    ),
    _Type("DataScienceModelGroup", "model-group", _COMMON),
    _Type("DataScienceModelVersionSet", "version-set", _COMMON),
    _Type("Compartment", "compartment", ("description",)),
    _Type("ContainerImage", "image", ("repositoryName", "digest", "version")),
    _Type("Bucket", "bucket", ("namespace",)),
)
_BY_NAME = {resource_type.name.lower(): resource_type for resource_type in _TYPES}
_FIELDS = (
    "identifier",
    "displayName",
    "lifecycleState",
    "compartmentId",
    "timeCreated",
    "freeformTags.key",
    "freeformTags.value",
    "definedTags.namespace",
    "definedTags.key",
    "definedTags.value",
)
_PAGE, _MOST = 500, 1000

_CONTEXT = {"matchingContextType": one_of("NONE", "HIGHLIGHTS")}
_details = tagged(
    "type",
    {
        "Structured": record({"query": text(maximum=50_000)}, _CONTEXT),
        "FreeText": record({"text": text(maximum=50_000)}, _CONTEXT),
    },
)


def search(cloud: Cloud, call: Call) -> Answer:
    tenancy = call.query.get("tenantId")
    if tenancy not in (None, cloud.store.meta("tenancy")):
        raise not_found()
    if call.body["type"] == "FreeText":
        query = Query((), False, None, call.body["text"], None)
    else:
        query = parse_query(call.body["query"])
    types = _types(query)
    _check(query, types)
    page = _page(call, [resource for resource in _all(cloud, types) if _fits(resource, query)], query)
    items = [resource.shown(additional=query.additional) for resource in page.items]
    return Answer(body={"items": items}, headers=page.headers)


def _types(query: Query) -> list[_Type]:
    for name in query.types:
        if name not in _BY_NAME:
            refuse(f"{name!r} is no resource type (GET /resourceTypes lists them)", len("query "))
    return [_BY_NAME[name] for name in query.types] or list(_TYPES)


def _check(query: Query, types: list[_Type]) -> None:
    additional = [name for resource_type in types for name in resource_type.additional]
    for condition in conditions(query.where):
        check_field(condition.field, condition.position, additional)
    if query.sort is not None:
        check_field(query.sort[0], query.sort[1], additional)


def _all(cloud: Cloud, types: list[_Type]) -> list[Resource]:
    return [
        as_resource(resource_type.name, record, resource_type.additional)
        for resource_type in types
        for record in cloud.store.every(resource_type.kind)
    ]


def _fits(resource: Resource, query: Query) -> bool:
    return (query.where is None or satisfies(resource, query.where)) and (
        query.matching is None or matches(resource, query.matching)
    )


def _page(call: Call, resources: list[Resource], query: Query) -> Page[Resource]:
    """The newest first by default (querysyntax.htm)."""
    field, _, descending = query.sort or ("timeCreated", 0, True)
    order = (field, "DESC" if descending else "ASC")
    limit = page_limit(call, _PAGE, _MOST)
    return page_of(call, resources, lambda resource: sort_key(resource, field), order, limit)


def list_types(cloud: Cloud, call: Call) -> Answer:
    return list_items(
        call, [_described(resource_type) for resource_type in _TYPES], default=_PAGE, maximum=_MOST
    )


def get_type(cloud: Cloud, call: Call) -> Answer:
    resource_type = _BY_NAME.get(call.params["id"].lower())
    if resource_type is None:
        raise not_found()
    return Answer(body=_described(resource_type))


def _described(resource_type: _Type) -> Json:
    fields = [*_FIELDS, *(name.rpartition(".")[2] for name in resource_type.additional)]
    return {"name": resource_type.name, "fields": [_field(name) for name in fields]}


def _field(name: str) -> Json:
    kinds = {"identifier": "IDENTIFIER", "timeCreated": "DATETIME", "customMetadataList": "OBJECT"}
    return {
        "fieldName": name,
        "fieldType": kinds.get(name, "STRING"),
        "isArray": "." in name or name.endswith("List"),
    }


RESOURCE_SEARCH = Service(
    "Resource Search",
    "/20180409",
    (
        Operation(
            "search_resources",
            "POST",
            "/resources",
            search,
            _details,
            query=("limit", "page", "tenantId"),
            note="A part of the query language: query, return allAdditionalFields, where with =, !=, ==, "
            "!==, =~, &&, ||, parentheses, matching, sorted by. No index, so nothing lags, and what "
            "is deleted is found as DELETED. Matches are not highlighted.",
        ),
        Operation("list_resource_types", "GET", "/resourceTypes", list_types, query=("limit", "page")),
        Operation("get_resource_type", "GET", "/resourceTypes/{id}", get_type),
    ),
)
