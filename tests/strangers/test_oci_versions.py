"""Version sets, artifacts of metadata, and moves between compartments, driven by the command `oci`."""

from pathlib import Path
from typing import Any

import pytest

from tests.strangers.command_line import Oci
from tests.strangers.documents import WAIT


@pytest.fixture
def new_model(oci: Oci, compartment: str, project: str) -> Any:
    def make(**more: Any) -> Any:
        return oci("data-science model create", compartment_id=compartment, project_id=project, **more)[
            "data"
        ]

    return make


def test_the_life_of_a_version_set(oci: Oci, compartment: str, project: str, new_model: Any) -> None:
    made = oci(
        "data-science model-version-set create",
        compartment_id=compartment,
        project_id=project,
        name="birds",
        description="all of them",
        wait_for_state="ACTIVE",
    )
    version_set = made["data"]["id"]
    assert (made["data"]["name"], made["data"]["description"]) == ("birds", "all of them")
    twice = oci.refused(
        "data-science model-version-set create", compartment_id=compartment, project_id=project, name="birds"
    )
    assert twice.status == 409
    versions = [
        new_model(display_name=f"bird-{label}", model_version_set_id=version_set, version_label=label)
        for label in ("first", "second")
    ]
    assert [(one["version-label"], one["model-version-set-name"]) for one in versions] == [
        ("first", "birds"),
        ("second", "birds"),
    ]
    assert versions[0]["version-id"] != versions[1]["version-id"]
    listed = oci("data-science model list", compartment_id=compartment, model_version_set_name="birds")[
        "data"
    ]
    assert {one["id"] for one in listed} == {one["id"] for one in versions}

    changed = oci(
        "data-science model-version-set update",
        model_version_set_id=version_set,
        description="some of them",
        force=True,
        wait_for_state="ACTIVE",
    )
    assert changed["data"]["description"] == "some of them"
    assert [
        one["id"]
        for one in oci("data-science model-version-set list", compartment_id=compartment, name="birds")[
            "data"
        ]
    ] == [version_set]
    assert (
        oci("data-science model-version-set get", model_version_set_id=version_set)["data"] == changed["data"]
    )

    work = oci(
        "data-science model-version-set delete",
        model_version_set_id=version_set,
        is_delete_related_models="true",
        force=True,
        **WAIT,
    )["data"]
    assert work["operation-type"] == "MODELVERSIONSET_DELETE"
    gone = oci("data-science model-version-set get", model_version_set_id=version_set)["data"]
    assert gone["lifecycle-state"] == "DELETED"
    for one in versions:
        assert oci("data-science model get", model_id=one["id"])["data"]["lifecycle-state"] == "DELETED"


@pytest.mark.parametrize(
    ("kind", "key", "field"),
    [("custom", "notes", "custom-metadata-list"), ("defined", "readme", "defined-metadata-list")],
)
def test_a_metadata_artifact(
    oci: Oci, new_model: Any, tmp_path: Path, kind: str, key: str, field: str
) -> None:
    model = new_model(
        custom_metadata_list=[{"key": "notes", "category": "other", "value": "see the artifact"}]
    )["id"]
    names = {"model_id": model, "metadatum_key_name": key}
    content = f"model_{kind}_metadatum_artifact"
    on = f"data-science model {{}}-model-{kind}-metadatum-artifact{{}}"
    assert oci.refused(on.format("head", ""), **names).status == 404
    oci(on.format("create", ""), **names, **{content: "first"})
    got = oci.download(on.format("get", "-content"), tmp_path / "first", **names)
    assert got == b"first"
    assert oci(on.format("head", ""), **names)["etag"]
    shown = oci("data-science model get", model_id=model)["data"][field]
    assert [entry["has-artifact"] for entry in shown if entry["key"] == key] == [True]
    oci(on.format("update", ""), **names, **{content: "second"})
    assert oci.download(on.format("get", "-content"), tmp_path / "second", **names) == b"second"
    oci(on.format("delete", ""), **names, force=True)
    assert oci.refused(on.format("head", ""), **names).status == 404


def test_moves_to_another_compartment(oci: Oci, note: dict[str, Any], project: str, new_model: Any) -> None:
    other = oci(
        "iam compartment create",
        compartment_id=note["tenancy"],
        name="other",
        description="where things move to",
    )["data"]["id"]
    model = new_model(display_name="mover")
    oci("data-science model change-compartment", model_id=model["id"], compartment_id=other)
    moved = oci("data-science model get", model_id=model["id"])["data"]
    assert moved == {**model, "compartment-id": other}
    nowhere = oci.refused(
        "data-science model change-compartment",
        model_id=model["id"],
        compartment_id="ocid1.compartment.oc1..none",
    )
    assert (nowhere.status, nowhere.code) == (404, "NotAuthorizedOrNotFound")
