"""The services beside Data Science that its users need, driven by the command `oci`."""

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from tests.strangers.command_line import Oci
from tests.strangers.documents import WAIT
from tests.support.serving import Client, packed
from tests.support.tiny_models import mark_repository


@pytest.fixture(scope="module")
def bucket(oci: Oci, compartment: str) -> dict[str, str]:
    """The options that name it."""
    namespace = oci("os ns get")["data"]
    made = oci("os bucket create", compartment_id=compartment, name="models", namespace=namespace)["data"]
    assert (made["name"], made["namespace"], made["compartment-id"]) == ("models", namespace, compartment)
    return {"namespace": namespace, "bucket_name": "models"}


def test_objects(oci: Oci, bucket: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"0123456789")
    put = oci("os object put", **bucket, name="a/one", file=file, metadata={"of": "mine"}, no_multipart=True)
    head = oci("os object head", **bucket, name="a/one")
    assert head["content-length"] == "10"
    assert head["opc-meta-of"] == "mine"
    assert head["etag"] == put["etag"]
    assert oci.download("os object get", tmp_path / "all", **bucket, name="a/one") == b"0123456789"
    part = oci.download("os object get", tmp_path / "part", **bucket, name="a/one", range="bytes=2-4")
    assert part == b"234"

    stale = oci.refused(
        "os object put", **bucket, name="a/one", file=file, if_match="none-such", no_multipart=True
    )
    assert stale.status == 412
    names = [f"b/{number}" for number in range(5)]
    for name in names:
        oci("os object put", **bucket, name=name, file=file, no_multipart=True)
    listed = oci("os object list", **bucket, prefix="b/", all=True, page_size=2)["data"]
    assert [one["name"] for one in listed] == names
    folders = oci("os object list", **bucket, delimiter="/")
    assert folders["prefixes"] == ["a/", "b/"]
    oci("os object delete", **bucket, object_name="a/one", force=True)
    assert oci.refused("os object get", **bucket, name="a/one", file=tmp_path / "gone").status == 404


def test_an_object_in_parts(oci: Oci, bucket: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(os.urandom(25 * 2**20 + 7))
    oci("os object put", **bucket, name="large", file=file, part_size=10, parallel_upload_count=3)
    got = oci.download("os object get", tmp_path / "got", **bucket, name="large")
    assert hashlib.sha256(got).digest() == hashlib.sha256(file.read_bytes()).digest()
    assert int(oci("os object head", **bucket, name="large")["content-length"]) == file.stat().st_size


def test_an_artifact_by_way_of_object_storage(
    oci: Oci, cloud: Client, note: dict[str, Any], project: str, bucket: dict[str, str], tmp_path: Path
) -> None:
    archive = tmp_path / "mark.zip"
    archive.write_bytes(packed(mark_repository(tmp_path / "repository", 1)))
    oci("os object put", **bucket, name="in.zip", file=archive, no_multipart=True)
    model = oci("data-science model create", compartment_id=note["compartment"], project_id=project)["data"][
        "id"
    ]
    work = oci(
        "data-science model export-model-artifact-artifact-export-details-object-storage",
        model_id=model,
        artifact_export_details_namespace=bucket["namespace"],
        artifact_export_details_source_bucket=bucket["bucket_name"],
        artifact_export_details_source_object_name="in.zip",
        artifact_export_details_source_region=note["region"],
        **WAIT,
    )["data"]
    assert (work["operation-type"], work["status"]) == ("EXPORT_MODEL_ARTIFACT", "SUCCEEDED")
    assert cloud.sdk.get_model_artifact_content(model).data.content == archive.read_bytes()
    oci(
        "data-science model import-model-artifact-artifact-import-details-object-storage",
        model_id=model,
        artifact_import_details_namespace=bucket["namespace"],
        artifact_import_details_destination_bucket=bucket["bucket_name"],
        artifact_import_details_destination_object_name="out.zip",
        artifact_import_details_destination_region=note["region"],
        **WAIT,
    )
    assert oci.download("os object get", tmp_path / "out", **bucket, name="out.zip") == archive.read_bytes()


def test_search_finds_a_model_by_its_tag(oci: Oci, note: dict[str, Any], project: str) -> None:
    model, _ = (
        oci(
            "data-science model create",
            compartment_id=note["compartment"],
            project_id=project,
            freeform_tags={"bird": bird},
        )["data"]
        for bird in ("wren", "robin")
    )
    query = (
        "query datasciencemodel resources where (freeformTags.key = 'bird' && freeformTags.value = 'wren')"
    )
    found = oci("search resource structured-search", query_text=query)["data"]["items"]
    assert [(one["identifier"], one["resource-type"].lower()) for one in found] == [
        (model["id"], "datasciencemodel")
    ]
    wrong = oci.refused("search resource structured-search", query_text="query nothing of the kind")
    assert wrong.status == 400


def test_who_and_where(oci: Oci, note: dict[str, Any]) -> None:
    regions = oci("iam region list")["data"]
    assert note["region"] in [one["name"] for one in regions]
    user = oci("iam user get", user_id=note["user"])["data"]
    assert (user["id"], user["lifecycle-state"]) == (note["user"], "ACTIVE")
    listed = oci("iam compartment list", compartment_id=note["tenancy"], all=True)["data"]
    assert note["compartment"] in [one["id"] for one in listed]
    assert (
        oci("iam compartment get", compartment_id=note["compartment"])["data"]["lifecycle-state"] == "ACTIVE"
    )
