"""Pages, order and filters of lists."""

from typing import Any

import oci
import pytest


@pytest.fixture
def models(emulator: Any) -> list[str]:
    project = emulator.project()
    return [emulator.model(project, display_name=f"m{number:03}") for number in range(105)]


@pytest.mark.shows("pages", "sorting")
def test_pages_hold_everything_once_newest_first(emulator: Any, models: list[str]) -> None:
    first = emulator.client.list_models(emulator.compartment, limit=100)
    assert len(first.data) == 100
    second = emulator.client.list_models(emulator.compartment, limit=100, page=first.next_page)
    assert not second.has_next_page
    assert [one.id for one in (*first.data, *second.data)] == models[::-1]
    pages = oci.pagination.list_call_get_all_results(emulator.client.list_models, emulator.compartment)
    assert [one.id for one in pages.data] == models[::-1]


def test_a_page_that_is_exactly_full_is_the_last(emulator: Any, models: list[str]) -> None:
    assert not emulator.client.list_models(emulator.compartment, limit=100, lifecycle_state="DELETED").data
    page = emulator.client.list_models(emulator.compartment, limit=35)
    page = emulator.client.list_models(emulator.compartment, limit=35, page=page.next_page)
    page = emulator.client.list_models(emulator.compartment, limit=35, page=page.next_page)
    assert (len(page.data), page.has_next_page) == (35, False)


@pytest.mark.shows("sorting")
def test_names_sort_ascending(emulator: Any, models: list[str]) -> None:
    page = emulator.client.list_models(emulator.compartment, sort_by="displayName", limit=60)
    more = emulator.client.list_models(
        emulator.compartment, sort_by="displayName", limit=60, page=page.next_page
    )
    assert [one.id for one in (*page.data, *more.data)] == models
    oldest = emulator.client.list_models(
        emulator.compartment, sort_by="timeCreated", sort_order="ASC", limit=1
    )
    assert oldest.data[0].id == models[0]


@pytest.mark.parametrize("sort", ["displayName", "lifecycleState"])
@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_what_has_the_same_name_is_still_listed_once(emulator: Any, sort: str, order: str) -> None:
    project = emulator.project()
    made = [emulator.model(project, display_name="same") for _ in range(5)]
    pages = oci.pagination.list_call_get_all_results(
        emulator.client.list_models, emulator.compartment, sort_by=sort, sort_order=order, limit=2
    )
    assert [one.id for one in pages.data] == made[:: 1 if order == "ASC" else -1]


def test_filters(emulator: Any, models: list[str]) -> None:
    client, compartment = emulator.client, emulator.compartment
    assert [one.id for one in client.list_models(compartment, display_name="m007").data] == [models[7]]
    assert [one.id for one in client.list_models(compartment, id=models[9]).data] == [models[9]]
    client.delete_model(models[3])
    assert [one.id for one in client.list_models(compartment, lifecycle_state="DELETED").data] == [models[3]]
    assert client.list_models(emulator.config["tenancy"]).data == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "MissingParameter"),
        ("compartmentId={compartment}&limit=0", "InvalidParameter"),
        ("compartmentId={compartment}&limit=101", "InvalidParameter"),
        ("compartmentId={compartment}&limit=ten", "InvalidParameter"),
        ("compartmentId={compartment}&page=nonsense", "InvalidParameter"),
        ("compartmentId={compartment}&sortBy=color", "InvalidParameter"),
        ("compartmentId={compartment}&sortOrder=up", "InvalidParameter"),
    ],
)
def test_bad_queries(emulator: Any, query: str, code: str) -> None:
    query = query.format(compartment=emulator.compartment)
    answer = emulator.raw("GET", f"/modelDeployments?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_page_token_fits_only_its_own_order(emulator: Any, models: list[str]) -> None:
    token = emulator.client.list_models(emulator.compartment, limit=5).next_page
    with pytest.raises(oci.exceptions.ServiceError) as refused:
        emulator.client.list_models(emulator.compartment, sort_by="displayName", page=token)
    assert refused.value.code == "InvalidParameter"
