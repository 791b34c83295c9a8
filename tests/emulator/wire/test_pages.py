"""Pages of lists that are held in memory: members of a model group, compartments, images."""

from collections.abc import Callable
from typing import Any

import oci
import pytest
import requests
from oci.identity.models import CreateCompartmentDetails

from tests.support.emulator import Emulator
from tests.support.refusing import refused

SORTS = {
    "members": {"name": "displayName", "time": "timeCreated"},
    "images": {"name": "DISPLAYNAME", "time": "TIMECREATED"},
    "compartments": {"name": "NAME", "time": "TIMECREATED"},
}


class World:
    """Names of things that a list gives, by the list; things are added by their name."""

    def __init__(self, emulator: Emulator, make_artifact: Any) -> None:
        self.emulator = emulator
        self.identity = oci.identity.IdentityClient(emulator.config, service_endpoint=emulator.endpoint)
        self.registry = oci.artifacts.ArtifactsClient(emulator.config, service_endpoint=emulator.endpoint)
        project = emulator.project()
        models = [emulator.model(project, make_artifact(name), display_name=name) for name in "bcde"]
        self.group = emulator.group(project, dict(zip("wxyz", models, strict=True)))
        for name in "bcde":
            self.add(name)

    def add(self, name: str) -> None:
        """A compartment and an image; the members of a group never change."""
        self.identity.create_compartment(
            CreateCompartmentDetails(compartment_id=self.emulator.compartment, name=name, description=name)
        )
        body = {"uri": f"iad.ocir.io/acme/{name}:1", "digest": f"sha256:{name * 64}"}
        requests.post(f"{self.emulator.endpoint}/emulator/images", json=body, timeout=10).raise_for_status()

    def page(self, kind: str, **query: Any) -> tuple[list[str], str | None]:
        """First letters of the names on one page of a list, and the token of the next."""
        here = self.emulator.compartment
        match kind:
            case "members":
                answer = self.emulator.client.list_model_group_models(self.group, here, **query)
                return [one.display_name for one in answer.data], answer.next_page
            case "images":
                answer = self.registry.list_container_images(here, **query)
                return [one.display_name[0] for one in answer.data.items], answer.next_page
            case _:
                answer = self.identity.list_compartments(here, **query)
                return [one.name for one in answer.data], answer.next_page


@pytest.fixture
def world(start: Callable[..., Emulator], make_artifact: Any) -> World:
    return World(start(control=True), make_artifact)


@pytest.mark.parametrize("kind", SORTS)
def test_pages_hold_everything_once(world: World, kind: str) -> None:
    for by, order, expected in (
        ("name", None, "bcde"),
        ("name", "DESC", "edcb"),
        ("time", None, "edcb"),
        ("time", "ASC", "bcde"),
    ):
        query = {"sort_by": SORTS[kind][by], **({"sort_order": order} if order else {})}
        first, token = world.page(kind, limit=3, **query)
        rest, end = world.page(kind, limit=3, page=token, **query)
        assert ("".join(first + rest), len(rest), end) == (expected, 1, None)


@pytest.mark.parametrize("kind", SORTS)
def test_a_token_fits_only_its_own_order(world: World, kind: str) -> None:
    name, time = SORTS[kind]["name"], SORTS[kind]["time"]
    _, token = world.page(kind, limit=2, sort_by=name)
    for other in ({"sort_by": time}, {"sort_by": name, "sort_order": "DESC"}, {}):
        status, code, message = refused(world.page, kind, limit=2, page=token, **other)
        assert (status, code) == (400, "InvalidParameter")
        assert message == "page: the token belongs to a list with another order"


@pytest.mark.parametrize("kind", SORTS)
def test_a_token_of_a_list_of_records_is_none_here(world: World, kind: str) -> None:
    world.emulator.client.create_project(
        oci.data_science.models.CreateProjectDetails(compartment_id=world.emulator.compartment)
    )
    token = world.emulator.client.list_projects(world.emulator.compartment, limit=1).next_page
    assert refused(world.page, kind, page=token)[:2] == (400, "InvalidParameter")


def test_a_model_that_is_a_member_twice(emulator: Emulator, make_artifact: Any) -> None:
    project = emulator.project()
    model = emulator.model(project, make_artifact("one"))
    group = emulator.group(project, {"x": model, "y": model})
    pages = oci.pagination.list_call_get_all_results(
        emulator.client.list_model_group_models, group, emulator.compartment, limit=1, sort_by="displayName"
    )
    assert [one.inference_key for one in pages.data] == ["x", "y"]


@pytest.mark.parametrize("kind", ["images", "compartments"])
def test_what_is_added_meanwhile_repeats_nothing(world: World, kind: str) -> None:
    first, token = world.page(kind, limit=2, sort_by=SORTS[kind]["name"])
    world.add("a")
    second, _ = world.page(kind, limit=2, sort_by=SORTS[kind]["name"], page=token)
    assert (first, second) == (["b", "c"], ["d", "e"])
