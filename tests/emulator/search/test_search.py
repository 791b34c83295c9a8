"""Resource Search, through the SDK, with the queries that clients use."""

from collections.abc import Callable
from typing import Any

import oci
import pytest
import requests
from oci.resource_search import models as m

from datascience_emulator.search.query import parse_query
from datascience_emulator.wire.errors import ServiceError
from tests.support.emulator import Emulator


class World:
    """One project with two models, one of which is deployed, all tagged."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.client = oci.resource_search.ResourceSearchClient(
            emulator.config, service_endpoint=emulator.endpoint, retry_strategy=oci.retry.NoneRetryStrategy()
        )
        self.deployment = emulator.deploy()
        found = emulator.client.get_model_deployment(self.deployment).data
        self.project = found.project_id
        config = found.model_deployment_configuration_details
        self.model = config.model_configuration_details.model_id
        self.other = emulator.model(
            self.project,
            display_name="Resnet",
            freeform_tags={"team": "vision", "stage": "prod"},
            defined_tags={"Operations": {"CostCenter": "42"}},
        )
        self._tag(freeform_tags={"team": "text", "owner": "vision"}, display_name="falcon")

    def _tag(self, **changes: Any) -> None:
        self.emulator.client.update_model(self.model, oci.data_science.models.UpdateModelDetails(**changes))

    def ask(self, query: str, **more: Any) -> list[Any]:
        details = m.StructuredSearchDetails(query=query, matching_context_type="NONE")
        return self.client.search_resources(details, **more).data.items

    def ids(self, query: str) -> list[str]:
        return [one.identifier for one in self.ask(query)]


@pytest.fixture
def world(emulator: Emulator) -> World:
    return World(emulator)


@pytest.mark.shows("search")
def test_what_oracle_ads_asks(world: World) -> None:
    (found,) = world.ask(f"query datasciencemodeldeployment resources where ModelId='{world.model}'")
    assert (found.identifier, found.resource_type) == (world.deployment, "DataScienceModelDeployment")
    assert (found.lifecycle_state, found.compartment_id) == ("ACTIVE", world.emulator.compartment)
    assert (found.display_name, found.additional_details) == ("d", {})
    query = (
        "query datasciencemodeldeployment resources return allAdditionalFields "
        f"where (identifier = '{world.deployment}')"
    )
    (found,) = world.ask(query, tenant_id=world.emulator.config["tenancy"], limit=500)
    assert found.additional_details["modelId"] == world.model
    assert found.additional_details["projectId"] == world.project
    assert found.time_created.tzinfo is not None
    compartment = world.emulator.compartment
    states = "(lifecycleState = 'ACTIVE' || lifecycleState = 'INACTIVE')"
    tags = "(freeformTags.key = 'team' && freeformTags.key = 'stage')"
    where = f"(compartmentId = '{compartment}' && {states} && {tags})"
    assert world.ids(f"query datasciencemodel resources return allAdditionalFields where {where}") == [
        world.other
    ]


def test_conditions(world: World) -> None:
    for where, expected in {
        "displayName = 'resnet'": ["other"],
        "displayName == 'resnet'": [],
        "displayName == 'Resnet'": ["other"],
        "displayName != 'resnet'": ["model"],
        "displayName !== 'resnet'": ["model", "other"],
        "displayName =~ 'SNE'": ["other"],
        "displayName = 'falcon' || displayName = 'resnet'": ["model", "other"],
        "displayName = 'falcon' && displayName = 'resnet'": [],
        "(displayName = 'x' || displayName = 'falcon') && lifecycleState = 'ACTIVE'": ["model"],
        "displayName = 'falcon' || displayName = 'resnet' && lifecycleState = 'INACTIVE'": ["model"],
        "freeformTags.key = 'team'": ["model", "other"],
        "freeformTags.value = 'vision'": ["model", "other"],
        "freeformTags.key = 'team' && freeformTags.value = 'vision'": ["other"],
        "(freeformTags.key = 'team') && (freeformTags.value = 'vision')": ["model", "other"],
        "freeformTags.key != 'stage'": ["model"],
        "definedTags.namespace = 'Operations' && definedTags.value = '42'": ["other"],
        "definedTags.key = 'CostCenter' && definedTags.value = '41'": [],
        "definedTags.value = '41'": [],
        f"projectId = '{world.project}'": ["model", "other"],
        f'identifier = "{world.model}"': ["model"],
    }.items():
        found = world.ids(f"query datasciencemodel resources where {where} sorted by displayName asc")
        assert found == [getattr(world, name) for name in expected], where


def test_types_matching_and_order(world: World) -> None:
    assert world.ids("query datasciencemodel resources") == [world.other, world.model]
    assert world.ids("QUERY DataScienceModel Resources SORTED BY timeCreated ASC") == [
        world.model,
        world.other,
    ]
    assert world.ids("query datasciencemodel resources sorted by displayName desc") == [
        world.other,
        world.model,
    ]
    both = world.ids("query datasciencemodel, datascienceproject resources sorted by timeCreated")
    assert both == [world.project, world.model, world.other]
    everything = world.ask("query all resources")
    assert {one.resource_type for one in everything} >= {"Compartment", "DataScienceModelDeployment"}
    assert world.ids("query all resources matching 'RESNET'") == [world.other]
    assert world.ids("query all resources where lifecycleState = 'ACTIVE' matching 'nowhere'") == []


def test_free_text(world: World) -> None:
    details = m.FreeTextSearchDetails(text=world.project)
    found = world.client.search_resources(details).data.items
    assert {one.identifier for one in found} == {world.project, world.model, world.other, world.deployment}
    assert {one.compartment_id for one in found} == {world.emulator.compartment}


@pytest.mark.shows("search-at-once")
def test_what_changes_is_found_at_once(world: World) -> None:
    world.emulator.client.delete_model(world.other)
    query = "query datasciencemodel resources where lifecycleState = '{}'"
    assert world.ids(query.format("DELETED")) == [world.other]
    assert world.ids(query.format("ACTIVE")) == [world.model]


def test_pages(world: World) -> None:
    made = [world.emulator.model(world.project) for _ in range(5)]
    details = m.StructuredSearchDetails(query="query datasciencemodel resources sorted by timeCreated")
    pages = []
    page: str | None = None
    while page is not None or not pages:
        answer = world.client.search_resources(details, limit=3, **({"page": page} if page else {}))
        pages.append([one.identifier for one in answer.data.items])
        page = answer.headers.get("opc-next-page")
    assert [len(one) for one in pages] == [3, 3, 1]
    assert [one for page in pages for one in page] == [world.model, world.other, *made]


def test_a_page_repeats_nothing_and_belongs_to_its_order(world: World) -> None:
    newest = m.StructuredSearchDetails(query="query datasciencemodel resources")
    first = world.client.search_resources(newest, limit=1)
    world.emulator.model(world.project)
    second = world.client.search_resources(newest, limit=1, page=first.next_page)
    assert [one.identifier for page in (first, second) for one in page.data.items] == [
        world.other,
        world.model,
    ]
    named = m.StructuredSearchDetails(query="query datasciencemodel resources sorted by displayName")
    with pytest.raises(oci.exceptions.ServiceError, match="a list with another order") as caught:
        world.client.search_resources(named, page=first.next_page)
    assert (caught.value.status, caught.value.code) == (400, "InvalidParameter")


@pytest.mark.parametrize("limit", [0, 1001])
def test_limits(world: World, limit: int) -> None:
    assert world.ask("query all resources", limit=1000)
    with pytest.raises(oci.exceptions.ServiceError, match="limit: must be 1 to 1000"):
        world.ask("query all resources", limit=limit)


def test_another_tenancy(world: World) -> None:
    with pytest.raises(oci.exceptions.ServiceError) as caught:
        world.ask("query all resources", tenant_id="ocid1.tenancy.oc1..x")
    assert (caught.value.status, caught.value.code) == (404, "NotAuthorizedOrNotFound")


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("", 0),
        ("select all resources", 0),
        ("query", 5),
        ("query all", 9),
        ("query 'all' resources", 6),
        ("query instance resources", 6),
        ("query all resources return displayName", 27),
        ("query all resources where", 25),
        ("query all resources where color = 'red'", 26),
        ("query all resources where freeformTags.namespace = 'x'", 26),
        ("query all resources where displayName", 37),
        ("query all resources where displayName > 'x'", 38),
        ("query all resources where displayName = x", 40),
        ("query all resources where displayName = 'x", 40),
        ("query all resources where (displayName = 'x'", 44),
        ("query all resources where displayName = 'x')", 43),
        ("query all resources where displayName = 'x' &&", 46),
        ("query all resources where displayName = 'x' and displayName = 'y'", 44),
        ("query all resources sorted by", 29),
        ("query all resources sorted by color", 30),
        ("query all resources; drop", 19),
    ],
)
def test_what_is_not_understood_is_placed(world: World, query: str, place: int) -> None:
    with pytest.raises(oci.exceptions.ServiceError) as caught:
        world.ask(query)
    assert (caught.value.status, caught.value.code) == (400, "InvalidParameter")
    assert caught.value.message.endswith(f"at position {place}"), caught.value.message


def test_parentheses_without_end() -> None:
    deep = "(" * 20_000
    with pytest.raises(ServiceError, match="at most 50 parentheses"):
        parse_query(f"query all resources where {deep}")


def test_a_body_of_another_kind(emulator: Emulator) -> None:
    def post(body: Any) -> Any:
        url = f"{emulator.endpoint}/20180409/resources"
        return requests.post(url, json=body, auth=emulator.auth, timeout=10)

    for body, code in (
        ({"query": "query all resources"}, "MissingParameter"),
        ({"type": "Structured"}, "MissingParameter"),
        ({"type": "Other", "query": "query all resources"}, "InvalidParameter"),
        (
            {"type": "Structured", "query": "query all resources", "matchingContextType": "X"},
            "InvalidParameter",
        ),
    ):
        answer = post(body)
        assert (answer.status_code, answer.json()["code"]) == (400, code), body


def test_resource_types(emulator: Emulator, make_client: Callable[[Emulator], Any]) -> None:
    client = make_client(emulator)
    listed = oci.pagination.list_call_get_all_results(client.list_resource_types, limit=2).data
    names = [one.name for one in listed]
    assert {"DataScienceModel", "DataScienceModelDeployment", "DataScienceProject"} <= set(names)
    one = client.get_resource_type("datasciencemodeldeployment").data
    assert "modelId" in {field.field_name for field in one.fields}
    with pytest.raises(oci.exceptions.ServiceError) as caught:
        client.get_resource_type("instance")
    assert caught.value.status == 404


@pytest.fixture
def make_client() -> Callable[[Emulator], Any]:
    return lambda emulator: oci.resource_search.ResourceSearchClient(
        emulator.config, service_endpoint=emulator.endpoint, retry_strategy=oci.retry.NoneRetryStrategy()
    )
