"""Deployments that somebody made by hand are taken over by `reconcile adopt`, and given back by `release`, on
the emulator without model servers: by real HTTP and the real SDK.
"""

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from oci.data_science import models as m

from tests.support.bare import all_live, start_bare, updates_sent
from tests.support.model_contents import PYTHON
from tests.support.workspace import Workspace, make, stop, wait_until

CONFIG = 'backend: "python"\ninput [{name: "X" data_type: TYPE_FP32 dims: [1]}]\n'
CONFIG += 'output [{name: "Y" data_type: TYPE_FP32 dims: [1]}]\n'
ENSEMBLE = CONFIG.replace('backend: "python"', 'platform: "ensemble"') + (
    'ensemble_scheduling { step [{ model_name: "m" model_version: -1 input_map { key: "X" value: "X" } '
    'output_map { key: "Y" value: "Y" } }] }\n'
)
FILES = {"m/config.pbtxt": CONFIG, "m/1/model.py": PYTHON, "e/1/": "", "e/config.pbtxt": ENSEMBLE}
SECRET = "hf-T0psecretOfTheTests"
VARIABLES = {
    "CONTAINER_TYPE": "TRITON",
    "WEB_CONCURRENCY": "2",
    "HF_TOKEN": SECRET,
    "PATH": "/opt/bin",
    "E1": "",
}


SOME_MANIFEST = """\
apiVersion: reconciler.oci/v1
kind: ModelDeployment
metadata: {name: injected}
spec:
  image: {repository: iad.ocir.io/acme/triton, tag: "1"}
  model: {ocid: ocid1.datasciencemodel.oc1.iad.a}
  instance: {shape: VM.Standard.E4.Flex, ocpus: 1, memoryGBs: 8}
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = make(tmp_path_factory.mktemp("adopt"))
    start_bare(workspace)
    workspace.run("plan")  # makes nothing, and the project is there after the first apply only
    yield workspace
    stop(workspace)


@pytest.fixture
def workspace(shared: Workspace) -> Workspace:
    for left in (shared.root / "manifests").rglob("*"):
        if left.is_file():
            left.unlink()
    return shared


def zipped(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return packed.getvalue()


def project(workspace: Workspace) -> str:
    client, compartment = workspace.sdk(), workspace.note["compartment"]
    for one in client.list_projects(compartment).data:
        if one.display_name == "tests":
            return str(one.id)
    details = m.CreateProjectDetails(display_name="tests", compartment_id=compartment)
    return str(client.create_project(details).data.id)


def by_hand(workspace: Workspace, name: str, files: dict[str, str] | None = None, **changes: Any) -> str:
    """The OCID of a deployment that a stranger has made; `changes` are of its container's details."""
    client, compartment = workspace.sdk(), workspace.note["compartment"]
    details = m.CreateModelDetails(
        display_name=f"of {name}", compartment_id=compartment, project_id=project(workspace)
    )
    model = client.create_model(details).data.id
    client.create_model_artifact(
        model, zipped(files or FILES), content_disposition="attachment; filename=a.zip"
    )
    flexible = m.ModelDeploymentInstanceShapeConfigDetails(ocpus=2, memory_in_gbs=32)
    container = {
        "image": "iad.ocir.io/acme/triton:1.0.0",
        "cmd": ["tritonserver", "--model-repository=/opt/ds/model/deployed_model", "--id={{ yes }}"],
        "server_port": 8000,
        "health_check_port": 8000,
        "environment_variables": VARIABLES,
        **changes,
    }
    created = client.create_model_deployment(
        m.CreateModelDeploymentDetails(
            display_name=name,
            description="made by: hand # {{ values.x }}",
            compartment_id=compartment,
            project_id=project(workspace),
            freeform_tags={"team": "no", "cost center".replace(" ", "-"): "1: 2"},
            model_deployment_configuration_details=m.SingleModelDeploymentConfigurationDetails(
                model_configuration_details=m.ModelConfigurationDetails(
                    model_id=model,
                    bandwidth_mbps=10,
                    maximum_bandwidth_mbps=20,
                    instance_configuration=m.InstanceConfiguration(
                        instance_shape_name="VM.Standard.E4.Flex",
                        model_deployment_instance_shape_config_details=flexible,
                    ),
                    scaling_policy=m.FixedSizeScalingPolicy(instance_count=2),
                ),
                environment_configuration_details=m.OcirModelDeploymentEnvironmentConfigurationDetails(
                    **container
                ),
            ),
        )
    ).data.id
    wait_until(lambda: live(workspace, created).lifecycle_state == "ACTIVE", "it is active")
    return str(created)


def live(workspace: Workspace, ocid: str) -> Any:
    return workspace.sdk().get_model_deployment(ocid).data


def artifact(workspace: Workspace, ocid: str) -> bytes:
    model = model_of(workspace, ocid)
    return bytes(workspace.sdk().get_model_artifact_content(model).data.content)


def model_of(workspace: Workspace, ocid: str) -> str:
    details = live(workspace, ocid).model_deployment_configuration_details
    return str(details.model_configuration_details.model_id)


def tags(resource: Any) -> set[str]:
    return {key for key in resource.freeform_tags if key.startswith("reconciler-")}


def marks_alone(item: dict[str, Any]) -> bool:
    fields = {change["field"] for change in item["changes"]}
    return item["action"] == "update" and fields <= {"owner", "lastApplied"}


SET = {"HF_TOKEN": SECRET, "TAKEN_PATH": "/opt/bin"}


@pytest.mark.parametrize("download", [False, True])
def test_a_life_here(workspace: Workspace, download: bool) -> None:
    ocid = by_hand(workspace, "taken")
    model, content = model_of(workspace, ocid), artifact(workspace, ocid)
    before, catalog = live(workspace, ocid), workspace.catalog()
    more = ["--download"] if download else []
    said = workspace.run("adopt", "taken", *more, "--format", "json").json
    assert (said["ocid"], said["manifest"]) == (ocid, "manifests/taken.yaml")
    assert said["variables"] == ["HF_TOKEN", "TAKEN_PATH"]
    assert live(workspace, ocid).freeform_tags == before.freeform_tags, "only apply marks it"
    text = (workspace.root / "manifests/taken.yaml").read_text()
    assert SECRET not in text
    assert yaml.safe_load(text)["metadata"]["adopt"] == ocid
    assert yaml.safe_load(text)["spec"]["server"]["env"] == {
        "E1": "",
        "HF_TOKEN": "{{ env.HF_TOKEN }}",
        "PATH": "{{ env.TAKEN_PATH }}",
        "WEB_CONCURRENCY": "2",
    }
    if download:
        assert (workspace.root / "manifests/models/taken/m/1/model.py").read_text() == PYTHON
        assert (workspace.root / "manifests/models/taken/e/1/.gitkeep").exists(), "git keeps no empty folder"

    planned = workspace.run("plan", "--format", "json", env=SET).json["deployments"]
    assert [marks_alone(item) for item in planned] == [True], planned
    (drift,) = workspace.run("drift", "--format", "json", code=2, env=SET).json["deployments"]
    assert [field["field"] for field in drift["fields"]] == ["owner"]
    workspace.run("plan", "--out", "plan.json", env=SET)
    workspace.run("apply", "--plan", "plan.json", "--yes", env=SET)
    after = live(workspace, ocid)
    assert after.freeform_tags["reconciler-owner"] == "tests"
    assert after.model_deployment_configuration_details == before.model_deployment_configuration_details
    assert {key: after.freeform_tags[key] for key in before.freeform_tags} == before.freeform_tags
    assert after.description == before.description
    assert workspace.run("plan", env=SET).out.startswith("Plan for target local: nothing to do")
    assert (model_of(workspace, ocid), artifact(workspace, ocid)) == (model, content)
    assert [one.id for one in workspace.catalog()] == [one.id for one in catalog], "nothing was uploaded"

    workspace.run("release", "taken", "--yes")
    assert live(workspace, ocid).freeform_tags == before.freeform_tags
    (workspace.root / "manifests/taken.yaml").unlink()
    state = live(workspace, ocid)
    workspace.run("plan")
    workspace.run("apply", "--yes")
    workspace.run("gc", "--yes")
    assert live(workspace, ocid) == state
    workspace.sdk().delete_model_deployment(ocid)


def test_everything_that_is_wrong_is_told_at_once(workspace: Workspace) -> None:
    secret = {**VARIABLES, "CONTAINER_TYPE": "OTHER"}
    ocid = by_hand(workspace, "no name of ours", environment_variables=secret, cmd=["run", SECRET])
    workspace.write("manifests/other.yaml", "kind: ConfigMap\n")
    files = sorted((workspace.root / "manifests").rglob("*"))
    told = workspace.run("adopt", ocid, "--as", "other", code=5)
    for reason in (
        "its container is not Triton",
        "manifests/other.yaml exists already",
        "the value of HF_TOKEN stands elsewhere",
    ):
        assert reason in told.err
    assert SECRET not in told.err + told.out
    assert "cannot be the name of a manifest" in workspace.run("adopt", ocid, code=5).err
    assert sorted((workspace.root / "manifests").rglob("*")) == files
    assert tags(live(workspace, ocid)) == set()
    workspace.sdk().delete_model_deployment(ocid)


def test_no_reason_quotes_a_variable(workspace: Workspace) -> None:
    variables = {**VARIABLES, "PLAIN": "hunter2-of-the-tests"}
    command = ["tritonserver", "--model-repository=/x", SECRET, "hunter2-of-the-tests"]
    ocid = by_hand(workspace, "quoted", environment_variables=variables, cmd=command)
    for form in ("text", "json"):
        told = workspace.run("adopt", ocid, "--format", form, code=5)
        assert "is no option of tritonserver: " in told.err
        assert not any(secret in told.err + told.out for secret in (SECRET, "hunter2"))
    workspace.sdk().delete_model_deployment(ocid)


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"../../out": "x", **FILES}, "would leave its folder"),
        ({"m/1/model.py": "0" * (1 << 26), "m/config.pbtxt": CONFIG}, "would unpack to"),
        ({f"below/{path}": text for path, text in FILES.items()}, "lie in the folder 'below'"),
        ({**FILES, "m/.git/config": "x"}, "git's or ours"),
        ({**FILES, f"m/1/{'n' * 300}": "x"}, "is too long for this disk"),
        ({**FILES, "m/1": "x"}, "both a file and a folder"),
        (
            {**FILES, "m/1/k.yaml": SOME_MANIFEST},
            "a manifest lies among its models, of a deployment injected",
        ),
    ],
)
def test_an_artifact_that_is_not_laid_out(workspace: Workspace, files: dict[str, str], why: str) -> None:
    ocid = by_hand(workspace, "hostile", files)
    assert why in workspace.run("adopt", ocid, "--download", code=5).err
    assert not list((workspace.root / "manifests").glob("**/*.*"))
    workspace.sdk().delete_model_deployment(ocid)


def test_where_models_cannot_be_laid_out(workspace: Workspace, tmp_path: Path) -> None:
    ocid = by_hand(workspace, "nowhere")
    models = workspace.root / "manifests/models"
    shutil.rmtree(models, ignore_errors=True)
    models.parent.mkdir(exist_ok=True)

    models.symlink_to(tmp_path)
    assert "leads out of the repository" in workspace.run("adopt", ocid, "--download", code=5).err
    assert list(tmp_path.iterdir()) == []
    models.unlink()
    models.write_text("")
    assert "manifests/models is no folder" in workspace.run("adopt", ocid, "--download", code=5).err
    models.unlink()

    theirs = {"spec": {"modelRepository": "./models"}}
    elsewhere = {"targets": {"prod": theirs}}
    for part in (theirs, elsewhere):
        text = json.dumps({"kind": "ModelDeployment", "metadata": {"name": "x"}, **part})
        other = workspace.write("manifests/theirs.yaml", text)
        told = workspace.run("adopt", ocid, "--download", code=5).err
        assert "manifests/models/nowhere would be a model of manifests/theirs.yaml" in told
        assert not models.exists()
        other.unlink()
    workspace.sdk().delete_model_deployment(ocid)


def test_the_name_of_one_of_ours_without_a_manifest_is_taken(workspace: Workspace) -> None:
    first, ocid = by_hand(workspace, "first"), by_hand(workspace, "second")
    workspace.run("adopt", "first")
    workspace.run("apply", "--yes", env={**SET, "FIRST_PATH": "/opt/bin"})
    (workspace.root / "manifests/first.yaml").unlink()
    told = workspace.run("adopt", ocid, "--as", "first", code=5).err
    assert f"a deployment of ours has the name first, {first}" in told
    assert told.count("\n    - ") == 1
    assert not (workspace.root / "manifests/first.yaml").exists()
    for one in (first, ocid):
        workspace.sdk().delete_model_deployment(one)


def test_released_when_its_manifest_goes(workspace: Workspace) -> None:
    ocid, other = by_hand(workspace, "leaves"), by_hand(workspace, "stays")
    for name in ("leaves", "stays"):
        workspace.run("adopt", name)
    manifest = workspace.root / "manifests/leaves.yaml"
    document = yaml.safe_load(manifest.read_text())
    document["spec"]["policy"] = {"prune": "release", "protect": True}
    manifest.write_text(json.dumps(document))
    env = {**SET, "LEAVES_PATH": "/opt/bin", "STAYS_PATH": "/opt/bin"}
    workspace.run("apply", "--yes", env=env)
    assert "release" in live(workspace, ocid).freeform_tags["reconciler-memory"]
    manifest.unlink()
    sent = updates_sent(workspace)
    (item,) = (
        item
        for item in workspace.run("plan", "--format", "json", env=env).json["deployments"]
        if item["name"] == "leaves"
    )
    assert (item["action"], item["refusals"]) == ("release", [])
    assert "1 to release" in workspace.run("plan", env=env).out
    workspace.run("plan", "--out", "plan.json", env=env)
    workspace.run("apply", "--plan", "plan.json", "--yes", env=env)
    assert updates_sent(workspace) == sent + 1
    assert tags(live(workspace, ocid)) == set()
    assert set(all_live(workspace)) >= {"leaves", "stays"}
    assert workspace.run("plan", env=env).out.startswith("Plan for target local: nothing to do")
    for one in (ocid, other):
        workspace.sdk().delete_model_deployment(one)
