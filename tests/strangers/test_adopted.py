"""A deployment that `oci` made and one that oracle-ads made are taken over by `reconcile`, served by the very
same servers all the while, and released again; then nothing touches them.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.strangers.ads_client import Ads
from tests.strangers.command_line import Oci
from tests.strangers.documents import WAIT, answer, configuration
from tests.support.serving import Client, packed, servers_in
from tests.support.tiny_models import mark_repository
from tests.support.workspace import Workspace

SETTINGS = """\
apiVersion: reconciler.oci/v1
kind: Repository
owner: takers
targets:
  local:
    emulator: {{home: {home}}}
    project: {project}
"""


@pytest.fixture(scope="module")
def workspace(home: Path, project: str, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("repository"), own_cloud=True)
    workspace.write("reconciler.yaml", SETTINGS.format(home=home, project=project))
    return workspace


@pytest.fixture(scope="module")
def made(
    oci: Oci,
    ads: Ads,
    cloud: Client,
    compartment: str,
    project: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    """The OCIDs of the two, by their names."""
    folders = [mark_repository(tmp_path_factory.mktemp("repository"), mark) for mark in (1, 2)]
    model = cloud.model(project, packed(folders[0]))
    work = oci(
        "data-science model-deployment create",
        compartment_id=compartment,
        project_id=project,
        display_name="of-oci",
        freeform_tags={"team": "vision"},
        model_deployment_configuration_details=configuration(model),
        **WAIT,
    )["data"]
    (by_oci,) = {one["identifier"] for one in work["resources"] if "deployment" in one["entity-type"].lower()}
    other = ads("create_model", folder=str(folders[1]), name="of-ads", accuracy="0.9")["id"]
    return {"of-oci": by_oci, "of-ads": ads("deploy", model=other, name="of-ads")["id"]}


@pytest.mark.parametrize(("name", "mark", "more"), [("of-oci", 1, ()), ("of-ads", 2, ("--download",))])
def test_a_life_with_us_and_after(
    oci: Oci,
    cloud: Client,
    home: Path,
    workspace: Workspace,
    made: dict[str, str],
    name: str,
    mark: int,
    more: tuple[str, ...],
) -> None:
    ocid = made[name]
    before, servers = described(oci, ocid), servers_in(home)
    model = before["model-deployment-configuration-details"]["model-configuration-details"]["model-id"]
    artifact, catalog = content(cloud, model), catalog_of(oci, before)
    assert servers

    workspace.run("adopt", name, *more)
    planned = workspace.run("plan", "--only", name, "--format", "json").json["deployments"]
    assert [item["action"] for item in planned] == ["update"]
    assert {change["field"] for change in planned[0]["changes"]} == {"owner", "lastApplied"}
    workspace.run("apply", "--only", name, "--yes")
    assert workspace.plan()[name]["action"] == "nothing"
    taken = described(oci, ocid)
    assert taken["freeform-tags"]["reconciler-owner"] == "takers"
    same(taken, before)
    assert servers_in(home) == servers, "it was never restarted"
    assert (content(cloud, model), catalog_of(oci, before)) == (artifact, catalog)
    assert answer(oci, taken)["MARK"] == [mark]

    workspace.run("release", name, "--yes")
    (workspace.root / f"manifests/{name}.yaml").unlink()
    released = described(oci, ocid)
    same(released, before)
    assert (released["freeform-tags"] or {}) == (before["freeform-tags"] or {})
    for verb in (("plan",), ("apply", "--yes"), ("gc", "--yes")):
        workspace.run(*verb, code=None)
    assert described(oci, ocid) == released
    assert servers_in(home) == servers
    assert (content(cloud, model), catalog_of(oci, before)) == (artifact, catalog)
    assert answer(oci, released)["MARK"] == [mark]


def described(oci: Oci, ocid: str) -> Any:
    return oci("data-science model-deployment get", model_deployment_id=ocid)["data"]


def same(now: Any, before: Any) -> None:
    for field in ("display-name", "description", "model-deployment-configuration-details", "lifecycle-state"):
        assert json.dumps(now[field]) == json.dumps(before[field])


def content(cloud: Client, model: str) -> bytes:
    return bytes(cloud.sdk.get_model_artifact_content(model).data.content)


def catalog_of(oci: Oci, deployment: Any) -> list[str]:
    where = {"compartment_id": deployment["compartment-id"], "project_id": deployment["project-id"]}
    return sorted(one["id"] for one in oci("data-science model list", all=True, **where)["data"])
