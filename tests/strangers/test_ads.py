"""oracle-ads from a folder to a served model and back, with a real Triton behind the deployment."""

import io
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import oci
import onnx
import pytest
import requests
from oci.data_science import models as m

from tests.strangers.ads_client import Ads
from tests.strangers.documents import member
from tests.support.load import Load, Question
from tests.support.serving import Client, mark_body, tensor
from tests.support.tiny_models import mark_repository
from tests.support.waiting import wait_for
from tests.support.zoo import free_batch

AROUND = 20
"""Requests before the update and after it."""


@pytest.fixture
def make_model(ads: Ads, tmp_path: Path) -> Callable[[int], str]:
    """Makes a model from a folder of two: `mark`, in Python, answers with the mark; `free` is in ONNX."""

    def make(mark: int) -> str:
        folder = mark_repository(tmp_path / f"repository-{mark}", mark)
        (folder / "free" / "1").mkdir(parents=True)
        onnx.save(free_batch(), folder / "free" / "1" / "model.onnx")
        return str(ads("create_model", folder=str(folder), name=f"mark-{mark}", accuracy="0.9")["id"])

    return make


def test_a_model_from_a_folder_comes_back_as_it_was(ads: Ads, cloud: Client, tmp_path: Path) -> None:
    folder = mark_repository(tmp_path / "repository", 7)
    made = ads("create_model", folder=str(folder), name="seven", accuracy="0.7", git_commit="c0ffee")
    assert made["lifecycleState"] == "ACTIVE"
    stored = cloud.sdk.get_model(made["id"]).data
    assert (stored.display_name, stored.compartment_id) == ("seven", cloud.compartment)
    (accuracy,) = stored.custom_metadata_list
    assert (accuracy.key, accuracy.value, accuracy.category) == ("accuracy", "0.7", "Performance")
    assert cloud.sdk.get_model_provenance(made["id"]).data.git_commit == "c0ffee"
    assert ads("get_model", model=made["id"])["provenanceMetadata"]["git_commit"] == "c0ffee"

    back = tmp_path / "back"
    files = ["mark/1/model.py", "mark/config.pbtxt"]
    # oracle-ads puts a list of the files beside them.
    downloaded = ads("download_model", model=made["id"], folder=str(back))
    assert downloaded == [*files, "model_artifact_manifest.json"]
    for file in files:
        assert (back / file).read_bytes() == (folder / file).read_bytes()


def test_a_model_goes_when_nothing_serves_it(
    ads: Ads, cloud: Client, make_model: Callable[[int], str]
) -> None:
    model = make_model(1)
    assert ads("delete_model", model=model)["lifecycleState"] == "DELETED"
    assert cloud.sdk.get_model(model).data.lifecycle_state == "DELETED"

    served = make_model(2)
    deployment = ads("deploy", model=served, name="holder")["id"]
    assert ads.raised("delete_model", model=served).error == "ModelWithActiveDeploymentError"
    assert cloud.sdk.get_model(served).data.lifecycle_state == "ACTIVE"
    ads("delete", deployment=deployment)
    assert ads("delete_model", model=served)["lifecycleState"] == "DELETED"


def test_versions_of_a_model(ads: Ads, cloud: Client, tmp_path: Path) -> None:
    version_set = ads("create_version_set", name="marks")
    for mark, label in ((1, "first"), (2, "second")):
        folder = mark_repository(tmp_path / label, mark)
        named = {"name": label, "accuracy": f"0.{mark}", "version_set": version_set, "label": label}
        ads("create_model", folder=str(folder), **named)
    versions = ads("models_of_version_set", version_set=version_set)
    assert {one["versionLabel"] for one in versions} == {"first", "second"}
    assert {one["modelVersionSetName"] for one in versions} == {"marks"}
    assert cloud.sdk.get_model_version_set(version_set).data.name == "marks"


def test_an_artifact_by_way_of_a_bucket(
    ads: Ads, cloud: Client, note: dict[str, Any], tmp_path: Path
) -> None:
    """As oracle-ads does it for what is larger than 2 GB."""
    storage = oci.object_storage.ObjectStorageClient(
        oci.config.from_file(note["config_file"]), service_endpoint=note["endpoint"]
    )
    namespace = storage.get_namespace().data
    bucket = oci.object_storage.models.CreateBucketDetails(name="large", compartment_id=cloud.compartment)
    storage.create_bucket(namespace, bucket)
    folder = mark_repository(tmp_path / "repository", 5)
    uri = f"oci://large@{namespace}/mark.zip"
    made = ads("create_model", folder=str(folder), name="by bucket", accuracy="0.5", bucket_uri=uri)
    stored = cloud.sdk.get_model_artifact_content(made["id"]).data.content
    assert stored == storage.get_object(namespace, "large", "mark.zip").data.content
    with zipfile.ZipFile(io.BytesIO(stored)) as archive:
        assert archive.read("mark/config.pbtxt") == (folder / "mark" / "config.pbtxt").read_bytes()


def test_a_group_of_models(ads: Ads, cloud: Client, project: str) -> None:
    """oracle-ads makes homogeneous groups, which share one runtime; the emulator keeps them and runs none."""
    one, two = (cloud.model(project, b"x") for _ in "ab")
    made = ads("create_group", name="pair", members={"a": one, "b": two})
    assert made["lifecycleState"] == "ACTIVE"
    stored = cloud.sdk.get_model_group(made["id"]).data
    members = stored.member_model_entries.member_model_details
    assert {entry.inference_key: entry.model_id for entry in members} == {"a": one, "b": two}


def test_a_deployed_group_changes_live(ads: Ads, cloud: Client, project: str, tmp_path: Path) -> None:
    one, two, three = (cloud.model(project, member(tmp_path / str(mark), mark)) for mark in (1, 2, 3))
    first, second = cloud.group(project, {"a": one, "b": two}), cloud.group(project, {"a": one, "b": three})
    deployment = ads("deploy", group=first, name="group")["id"]
    assert {key: predicted(ads, deployment, key)["MARK"] for key in "ab"} == {"a": [1], "b": [2]}
    assert ads("update_live", deployment=deployment, group=second)["lifecycleState"] == "ACTIVE"
    configured = cloud.get(deployment).model_deployment_configuration_details
    assert configured.model_group_configuration_details.model_group_id == second
    assert {key: predicted(ads, deployment, key)["MARK"] for key in "ab"} == {"a": [1], "b": [3]}


def test_the_life_of_a_deployment(ads: Ads, cloud: Client, make_model: Callable[[int], str]) -> None:
    old, new = make_model(1), make_model(2)
    begun = ads("deploy", model=old, name="marks", wait=False)
    deployment = begun["id"]
    assert begun["lifecycleState"] == "CREATING"
    watched = ads("watch", deployment=deployment)
    assert watched
    assert all(f"Model Deployment {m.ModelDeployment.LIFECYCLE_STATE_CREATING}" in line for line in watched)
    served = ads("get_deployment", deployment=deployment)
    assert served["lifecycleState"] == "ACTIVE"
    assert deployment in ads("list_deployments", state="ACTIVE")

    assert predicted(ads, deployment) == {"MARK": [1], "SUM": [2.5]}
    assert_adds_one(ads, deployment)
    with asking(cloud, deployment) as load:
        wait_for(lambda: len(load.asked) >= AROUND)
        updated = ads("update", deployment=deployment, model=new)
        seen = len(load.asked)
        wait_for(lambda: len(load.asked) >= seen + AROUND)
    assert load.failures == ()
    assert {one.content for one in load.asked[:AROUND]} == {"1"}
    assert {one.content for one in load.asked[-AROUND // 2 :]} == {"2"}
    assert updated["lifecycleState"] == "ACTIVE"
    configured = cloud.get(deployment).model_deployment_configuration_details
    assert configured.model_configuration_details.model_id == new
    assert predicted(ads, deployment) == {"MARK": [2], "SUM": [2.5]}

    assert ads("deactivate", deployment=deployment)["lifecycleState"] == "INACTIVE"
    assert cloud.predict(deployment).status_code == requests.codes.not_found
    assert ads.raised("predict", deployment=deployment, **question()).error == "ModelDeploymentPredictError"
    assert ads("activate", deployment=deployment)["lifecycleState"] == "ACTIVE"
    assert predicted(ads, deployment) == {"MARK": [2], "SUM": [2.5]}
    assert ads("delete", deployment=deployment)["lifecycleState"] == "DELETED"
    assert cloud.get(deployment).lifecycle_state == m.ModelDeployment.LIFECYCLE_STATE_DELETED


def test_watching_shows_the_logs(ads: Ads, cloud: Client, make_model: Callable[[int], str]) -> None:
    deployment = ads("deploy", model=make_model(3), name="watched", logged=True, wait=False)["id"]
    with ThreadPoolExecutor(1) as pool:  # at its end it waits for the answer, which ads bounds
        watched = pool.submit(ads, "watch", deployment=deployment)
        wait_for(lambda: cloud.get(deployment).lifecycle_state == "ACTIVE")
        assert cloud.mark(deployment) == 3
        cloud.sdk.deactivate_model_deployment(deployment)
        lines = watched.result(timeout=100)  # it watches until the deployment no longer serves
    assert "Model Deployment CREATING" in lines[0]
    assert [line for line in lines if line.startswith("[P]") and "successfully loaded 'mark'" in line]
    assert [line for line in lines if line.startswith("[A]") and line.endswith("POST /predict 1.1")]
    assert any(
        "successfully loaded 'mark'" in message
        for message in ads("logs", deployment=deployment, kind="predict")
    )
    assert len(ads("logs", deployment=deployment, kind="access")) == 1


def assert_adds_one(ads: Ads, deployment: str) -> None:
    """The ONNX model computes what numpy does."""
    x = np.arange(6, dtype=np.float32).reshape(2, 3) / 7
    s = {"name": "s", "shape": [2, 1], "datatype": "BYTES", "data": ["left", "right"]}
    data = {"inputs": [tensor("x", x, "FP32"), s]}
    said = ads("predict", deployment=deployment, data=data, model_name="free", model_version="1")
    outputs = {one["name"]: one for one in said["outputs"]}
    assert outputs["y"]["shape"] == [2, 3]
    np.testing.assert_array_equal(np.float32(outputs["y"]["data"]), (x + np.float32(1)).reshape(-1))
    assert outputs["t"]["data"] == ["left", "right"]


def asking(cloud: Client, deployment: str) -> Load:
    """Clients of the deployment that were there before and do not know of any update."""
    url = f"{cloud.endpoint}/{deployment}/predict"
    return Load(
        url, lambda: cloud.auth, [Question("mark", "1", mark_body(), judged)], threads=2, per_second=20
    )


def judged(said: Any) -> str | None:
    """Which of the two models has answered."""
    values = {one["name"]: one["data"][0] for one in said["outputs"]}
    return str(values["MARK"]) if values["MARK"] in (1, 2) and values["SUM"] == 2.0 else None


def question(model: str = "mark") -> dict[str, Any]:
    x = {"name": "X", "shape": [3], "datatype": "FP32", "data": [0.5, -1.0, 3.0]}
    return {"data": {"inputs": [x]}, "model_name": model, "model_version": "1"}


def predicted(ads: Ads, deployment: str, model: str = "mark") -> dict[str, Any]:
    said = ads("predict", deployment=deployment, **question(model))
    assert "outputs" in said, said
    return {one["name"]: one["data"] for one in said["outputs"]}
