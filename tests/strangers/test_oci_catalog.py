"""Projects and the model catalog, driven by the command `oci`."""

import json
from pathlib import Path

import pytest

from tests.strangers.command_line import Oci
from tests.support.serving import Client, packed
from tests.support.tiny_models import mark_repository

CUSTOM = [{"key": "accuracy", "value": "0.9", "category": "Performance", "description": "on the test set"}]
DEFINED = [{"key": "libraryName", "value": "onnx"}, {"key": "useCaseType", "value": "image_classification"}]


@pytest.fixture
def model(cloud: Client, oci: Oci, compartment: str, project: str) -> str:
    """A model without an artifact."""
    made = oci(
        "data-science model create", compartment_id=compartment, project_id=project, display_name="bare"
    )
    return str(made["data"]["id"])


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    path = tmp_path_factory.mktemp("archive") / "mark.zip"
    path.write_bytes(packed(mark_repository(folder, 1)))
    return path


def test_the_life_of_a_project(oci: Oci, compartment: str) -> None:
    made = oci(
        "data-science project create",
        compartment_id=compartment,
        display_name="vision",
        description="what sees",
        freeform_tags={"team": "vision"},
        wait_for_state="ACTIVE",
    )
    project = made["data"]
    assert (project["lifecycle-state"], project["compartment-id"]) == ("ACTIVE", compartment)
    assert (project["display-name"], project["description"]) == ("vision", "what sees")
    assert project["freeform-tags"] == {"team": "vision"}
    got = oci("data-science project get", project_id=project["id"])
    assert got == made
    listed = oci("data-science project list", compartment_id=compartment, display_name="vision")
    assert [one["id"] for one in listed["data"]] == [project["id"]]

    changed = oci(
        "data-science project update",
        project_id=project["id"],
        display_name="sight",
        if_match=got["etag"],
        force=True,
        wait_for_state="ACTIVE",
    )
    assert changed["data"]["display-name"] == "sight"
    assert changed["data"]["description"] == "what sees"
    assert changed["etag"] != got["etag"]
    stale = oci.refused(
        "data-science project update",
        project_id=project["id"],
        display_name="x",
        if_match=got["etag"],
        force=True,
    )
    assert (stale.status, stale.code) == (412, "NoEtagMatch")

    work = oci(
        "data-science project delete",
        project_id=project["id"],
        force=True,
        wait_for_state="SUCCEEDED",
        wait_interval_seconds=1,
    )["data"]
    assert (work["operation-type"], work["status"]) == ("PROJECT_DELETE", "SUCCEEDED")
    assert oci("data-science project get", project_id=project["id"])["data"]["lifecycle-state"] == "DELETED"


def test_the_life_of_a_model(oci: Oci, compartment: str, project: str) -> None:
    made = oci(
        "data-science model create",
        compartment_id=compartment,
        project_id=project,
        display_name="densenet",
        description="birds",
        custom_metadata_list=CUSTOM,
        defined_metadata_list=DEFINED,
        input_schema=json.dumps({"x": "FP32"}),
        output_schema=json.dumps({"y": "FP32"}),
        freeform_tags={"a": "b"},
        wait_for_state="ACTIVE",
    )
    model = made["data"]
    assert model["lifecycle-state"] == "ACTIVE"
    assert (model["project-id"], model["display-name"], model["description"]) == (
        project,
        "densenet",
        "birds",
    )
    assert without_nulls(model["custom-metadata-list"]) == CUSTOM
    assert without_nulls(model["defined-metadata-list"]) == DEFINED
    assert (model["input-schema"], model["output-schema"]) == ('{"x": "FP32"}', '{"y": "FP32"}')
    assert oci("data-science model get", model_id=model["id"]) == made

    changed = oci(
        "data-science model update",
        model_id=model["id"],
        display_name="densenet-121",
        custom_metadata_list=[],
        if_match=made["etag"],
        force=True,
        wait_for_state="ACTIVE",
    )["data"]
    assert changed == {**model, "display-name": "densenet-121", "custom-metadata-list": []}

    off = oci("data-science model deactivate", model_id=model["id"], wait_for_state="INACTIVE")
    assert off["data"]["lifecycle-state"] == "INACTIVE"
    on = oci("data-science model activate", model_id=model["id"], wait_for_state="ACTIVE")
    assert on["data"]["lifecycle-state"] == "ACTIVE"
    assert oci("data-science model delete", model_id=model["id"], force=True) is None
    listed = oci(
        "data-science model list", compartment_id=compartment, id=model["id"], lifecycle_state="DELETED"
    )
    assert [one["display-name"] for one in listed["data"]] == ["densenet-121"]


def test_lists_come_in_pages(oci: Oci, cloud: Client, compartment: str) -> None:
    names = [f"page-{number}" for number in range(5)]
    for name in names:
        details = {"compartmentId": compartment, "displayName": name}
        cloud.sdk.create_project(details)
    order = {"sort_by": "displayName", "sort_order": "ASC"}
    first = oci("data-science project list", compartment_id=compartment, limit=2, **order)
    assert len(first["data"]) == 2
    assert first["opc-next-page"]
    all_of_them = oci("data-science project list", compartment_id=compartment, all=True, page_size=2, **order)
    found = [one["display-name"] for one in all_of_them["data"]]
    assert found == sorted(found)
    assert [name for name in found if name and name.startswith("page-")] == names


def test_an_artifact_goes_up_and_comes_down_unchanged(
    oci: Oci, model: str, archive: Path, tmp_path: Path
) -> None:
    up = "data-science model create-model-artifact"
    assert oci.refused("data-science model head-model-artifact", model_id=model).status == 404
    oci(up, model_id=model, model_artifact_file=archive, content_disposition="attachment; filename=mark.zip")
    head = oci("data-science model head-model-artifact", model_id=model)
    assert int(head["content-length"]) == archive.stat().st_size
    assert head["content-disposition"] == "attachment; filename=mark.zip"

    down = "data-science model get-artifact-content"
    sent = archive.read_bytes()
    assert oci.download(down, tmp_path / "all.zip", model_id=model) == sent
    assert oci.download(down, tmp_path / "part", model_id=model, range="bytes=10-19") == sent[10:20]

    again = oci.refused(up, model_id=model, model_artifact_file=archive)
    assert (again.status, again.code) == (409, "Conflict")
    assert "immutable" in again.message


def test_provenance(oci: Oci, model: str) -> None:
    asked = {
        "repository_url": "https://example.com/r.git",
        "git_branch": "main",
        "git_commit": "c0ffee",
        "script_dir": "src",
        "training_script": "train.py",
    }
    shown = {name.replace("_", "-"): value for name, value in asked.items()}
    absent = oci.refused("data-science model get-model-provenance", model_id=model)
    assert (absent.status, absent.code) == (404, "NotAuthorizedOrNotFound")
    made = oci("data-science model create-model-provenance", model_id=model, **asked)
    assert made["data"].items() >= shown.items()
    oci("data-science model update-model-provenance", model_id=model, git_commit="decaf")
    got = oci("data-science model get-model-provenance", model_id=model)
    assert got["data"].items() >= {**shown, "git-commit": "decaf"}.items()


def without_nulls(entries: list[dict[str, object]]) -> list[dict[str, object]]:
    """The command prints every field that the SDK knows; what the service did not send as null."""
    return [{name: value for name, value in entry.items() if value is not None} for entry in entries]
