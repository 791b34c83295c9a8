"""Documented behaviours that no other test shows: answers as they are on the wire."""

from collections.abc import Iterator
from typing import Any

import pytest
from oci.data_science import models as m

from datascience_emulator.app.routes import DATA_SCIENCE
from datascience_emulator.lifecycle.progression import Reads
from tests.support.emulator import Emulator, artifact

DEPLOYMENT = "modelDeploymentConfigurationDetails"


@pytest.fixture
def idle(emulator: Emulator) -> str:
    """A deployment that is active and has run one server."""
    return emulator.deploy()


def listed(e: Emulator, path: str, **query: Any) -> Any:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    answer = e.raw("GET", f"{path}?compartmentId={e.compartment}{more}")
    assert answer.ok, answer.text
    return answer


# -- the wire


@pytest.mark.shows("bare-arrays")
def test_each_list_is_a_bare_array_of_the_limit(emulator: Emulator, idle: str) -> None:
    """Of all lists that need nothing but a compartment."""
    paths = [
        one.path
        for one in DATA_SCIENCE.operations
        if one.name.startswith("list_") and "{" not in one.path and "compartmentId" in one.query
    ]
    assert {"/projects", "/models", "/modelDeployments", "/workRequests", "/modelGroups"} <= set(paths)
    for path in paths:
        found = listed(emulator, path, limit=1).json()
        assert isinstance(found, list), path
        assert len(found) <= 1, path
    emulator.project()
    assert len(listed(emulator, "/projects").json()) == 2
    assert len(listed(emulator, "/projects", limit=1).json()) == 1


@pytest.mark.shows("default-page")
def test_a_page_without_limit(emulator: Emulator) -> None:
    for _ in range(51):
        emulator.raw("POST", "/projects", {"compartmentId": emulator.compartment})
    first = listed(emulator, "/projects")
    assert len(first.json()) == 50
    assert len(listed(emulator, "/projects", page=first.headers["opc-next-page"]).json()) == 1


@pytest.mark.shows("etag-moves")
def test_each_state_has_its_etag(emulator: Emulator, idle: str) -> None:
    path = f"/modelDeployments/{idle}"

    def etag() -> str:
        return str(emulator.raw("GET", path).headers["etag"])

    before = etag()
    assert etag() == before, "reading changes nothing"
    emulator.serving.hold.set()
    update = emulator.update(idle, variables={"MORE": "1"})
    assert emulator.raw("GET", path).json()["lifecycleState"] == "UPDATING"
    during = etag()
    emulator.serving.hold.clear()
    emulator.finished(update)
    assert len({before, during, etag()}) == 3


def values(body: Any) -> Iterator[Any]:
    yield body
    parts = body.values() if isinstance(body, dict) else body if isinstance(body, list) else ()
    for part in parts:
        yield from values(part)


@pytest.mark.shows("no-nulls", "floats")
def test_no_answer_has_a_null_and_sizes_are_floats(emulator: Emulator, idle: str) -> None:
    found = emulator.raw("GET", f"/modelDeployments/{idle}").json()
    (work,) = listed(emulator, "/workRequests").json()
    paths = ("/projects", "/models", "/modelDeployments", "/workRequests")
    answers = [found, work, *(listed(emulator, path).json() for path in paths)]
    answers.append(emulator.raw("GET", f"/workRequests/{work['id']}").json())
    assert None not in list(values(answers))
    size = found[DEPLOYMENT]["modelConfigurationDetails"]["instanceConfiguration"]
    size = size["modelDeploymentInstanceShapeConfigDetails"]
    numbers = (size["ocpus"], size["memoryInGBs"], work["percentComplete"])
    assert [type(one) for one in numbers] == [float, float, float]


@pytest.mark.shows("tags-there")
def test_tags_are_there_when_none_were_given_or_all_taken_away(emulator: Emulator) -> None:
    project = emulator.project()
    path = f"/models/{emulator.model(project)}"
    for tags in ({}, {"a": "b"}, {}):
        assert emulator.raw("PUT", path, {"freeformTags": tags}).ok
        found = emulator.raw("GET", path).json()
        assert (found["freeformTags"], found["definedTags"]) == (tags, {})
    assert emulator.raw("GET", f"/projects/{project}").json()["systemTags"] == {}


@pytest.mark.shows("unknown-fields")
def test_what_nobody_knows_is_ignored(emulator: Emulator) -> None:
    body = {"compartmentId": emulator.compartment, "colour": "red", "nested": {"a": 1}}
    made = emulator.raw("POST", "/projects", body)
    assert made.status_code == 200
    assert not {"colour", "nested"} & made.json().keys()


# -- the catalog


@pytest.mark.shows("model-at-once")
def test_models_come_and_go_in_the_call(start: Any) -> None:
    emulator = start(Reads(10_000))
    body = {"compartmentId": emulator.compartment, "projectId": emulator.project()}
    made = emulator.raw("POST", "/models", body)
    assert made.json()["lifecycleState"] == "ACTIVE"
    deleted = emulator.raw("DELETE", f"/models/{made.json()['id']}")
    assert "opc-work-request-id" not in {**made.headers, **deleted.headers}
    assert emulator.raw("GET", f"/models/{made.json()['id']}").json()["lifecycleState"] == "DELETED"


@pytest.mark.shows("list-of-models")
def test_a_list_tells_less_than_a_model(emulator: Emulator) -> None:
    entry = m.Metadata(key="one", value="1")
    lists = {"custom_metadata_list": [entry], "defined_metadata_list": [m.Metadata(key="readme")]}
    schemas = {"input_schema": "{}", "output_schema": "{}"}
    model = emulator.model(emulator.project(), description="about", **lists, **schemas)
    whole = emulator.raw("GET", f"/models/{model}").json()
    (row,) = listed(emulator, "/models").json()
    assert whole.keys() - row.keys() >= {
        "description",
        "customMetadataList",
        "definedMetadataList",
        "inputSchema",
        "outputSchema",
    }
    assert row == {name: whole[name] for name in row}


# -- deployments


@pytest.mark.shows("created")
def test_what_a_create_answers(start: Any) -> None:
    emulator = start(Reads(10_000))
    project = emulator.project()
    made = emulator.create(project, emulator.model(project, artifact("one")))
    assert made.data.lifecycle_state == "CREATING"
    got = emulator.raw("GET", f"/modelDeployments/{made.data.id}")
    assert made.headers["location"].endswith(f"/20190101/modelDeployments/{made.data.id}")
    work = emulator.client.get_work_request(made.headers["opc-work-request-id"]).data
    assert work.operation_type == "MODEL_DEPLOYMENT_CREATE"
    assert got.json()["lifecycleState"] == "CREATING"
    assert made.headers["etag"]


@pytest.mark.shows("updated")
def test_what_an_update_answers(emulator: Emulator, idle: str) -> None:
    answer = emulator.raw("PUT", f"/modelDeployments/{idle}", {"displayName": "other"})
    assert (answer.status_code, answer.content) == (202, b"")
    assert answer.headers["opc-work-request-id"]
    assert "etag" not in answer.headers


@pytest.mark.shows("no-restart")
def test_what_restarts_nothing(emulator: Emulator, idle: str) -> None:
    log = {"logId": "ocid1.log.oc1.iad.a", "logGroupId": "ocid1.loggroup.oc1.iad.a"}
    config = emulator.raw("GET", f"/modelDeployments/{idle}").json()[DEPLOYMENT]
    config["modelConfigurationDetails"]["bandwidthMbps"] = 20
    for body in (
        {"displayName": "other", "freeformTags": {"a": "b"}},
        {"categoryLogDetails": {"predict": log}},
        {DEPLOYMENT: config},
    ):
        assert emulator.raw("PUT", f"/modelDeployments/{idle}", body).status_code == 202
        assert emulator.settle(idle).lifecycle_state == "ACTIVE"
    assert len(emulator.serving.rolls) == 1
    found = emulator.raw("GET", f"/modelDeployments/{idle}").json()
    assert (found["displayName"], found["categoryLogDetails"]) == ("other", {"predict": log})
    assert found[DEPLOYMENT] == config


@pytest.mark.shows("deactivating")
def test_the_state_while_deactivating(start: Any) -> None:
    emulator = start(Reads(2))
    made = emulator.deploy()
    stop = emulator.client.deactivate_model_deployment(made)
    assert emulator.raw("GET", f"/modelDeployments/{made}").json()["lifecycleState"] == "UPDATING"
    assert emulator.finished(stop).status == "SUCCEEDED"
    assert emulator.settle(made).lifecycle_state == "INACTIVE"


@pytest.mark.shows("attention-ends")
@pytest.mark.parametrize(("verb", "state"), [("deactivate", "INACTIVE"), ("delete", "DELETED")])
def test_what_leads_out_of_needs_attention(emulator: Emulator, idle: str, verb: str, state: str) -> None:
    emulator.finished(emulator.update(idle, variables={"BREAK": "it breaks"}))
    assert emulator.settle(idle).lifecycle_state == "NEEDS_ATTENTION"
    emulator.finished(getattr(emulator.client, f"{verb}_model_deployment")(idle))
    assert emulator.settle(idle).lifecycle_state == state


# -- work


def story(emulator: Emulator, response: Any) -> tuple[int, str, str]:
    """How many steps its work had (what the servers say comes on top), and of what it speaks then."""
    work = emulator.finished(response)
    logs = emulator.client.list_work_request_logs(work.id).data
    (resource,) = work.resources
    steps = [one for one in logs if not one.message.startswith("rolling")]
    return len(steps), resource.action_type, resource.entity_type


@pytest.mark.shows("work-entities")
def test_the_words_for_what_work_is_done_to(emulator: Emulator) -> None:
    """Beside those that the conformance suite looks at: every kind of work has a word of the service's."""
    client, project = emulator.client, emulator.project()
    details = m.CreateModelVersionSetDetails(
        compartment_id=emulator.compartment, project_id=project, name="set"
    )
    made = client.create_model_version_set(details).data.id
    there = m.ChangeModelVersionSetCompartmentDetails(compartment_id=emulator.other_compartment())
    moved = client.change_model_version_set_compartment(made, there)
    assert story(emulator, moved)[1:] == ("UPDATED", "modelversionset")
    assert story(emulator, client.delete_model_version_set(made))[1:] == ("DELETED", "modelversionset")
    reference = m.OSSModelArtifactReferenceDetails(namespace="n", bucket_name="b")
    body = m.RegisterModelArtifactReferenceDetails(model_artifact_references=[reference])
    registered = client.register_model_artifact_reference(body, emulator.model(project))
    assert story(emulator, registered)[1:] == ("IN_PROGRESS", "model-artifact")  # there is no such bucket


@pytest.mark.shows("work-steps", "work-steps-alike", "work-resources")
def test_the_steps_of_work_and_what_it_was_done_to(emulator: Emulator) -> None:
    client, project = emulator.client, emulator.project()
    emulator.serving.hold.set()
    created = emulator.create(project, emulator.model(project, artifact("one")))
    made, kind = created.data.id, "model-deployment"
    under_way = client.get_work_request(created.headers["opc-work-request-id"]).data.resources[0]
    assert (under_way.action_type, under_way.identifier) == ("IN_PROGRESS", made)
    emulator.serving.hold.clear()
    assert story(emulator, created) == (5, "CREATED", kind)
    assert story(emulator, emulator.update(made, variables={"MORE": "1"})) == (5, "UPDATED", kind)
    rename = m.UpdateModelDeploymentDetails(display_name="other")
    assert story(emulator, client.update_model_deployment(made, rename)) == (1, "UPDATED", kind)
    assert story(emulator, client.deactivate_model_deployment(made)) == (2, "UPDATED", kind)
    assert story(emulator, client.activate_model_deployment(made)) == (5, "UPDATED", kind)
    assert story(emulator, client.delete_model_deployment(made)) == (2, "DELETED", kind)
