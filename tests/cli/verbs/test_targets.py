"""The targets of a repository, for a matrix of CI jobs."""

from pathlib import Path

import pytest

from reconciler.core.model.target import Auth
from reconciler.shipped import schema_text
from tests.support.workspace import SETTINGS, Workspace, make

PROD = "region: us-ashburn-1, compartment: ocid1.compartment.oc1..a, project: p, auth: github-oidc"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = make(tmp_path)
    made.write("reconciler.yaml", f"{SETTINGS}  prod: {{{PROD}}}\nsecrets: [TOKEN]\n")
    return made


def test_the_targets_in_their_order(workspace: Workspace) -> None:
    listed = workspace.run("targets", "--format", "json").json["targets"]
    prod = {"name": "prod", "kind": "tenancy", "auth": "github-oidc", "region": "us-ashburn-1"}
    assert listed == [{"name": "local", "kind": "local"}, prod]
    assert workspace.run("targets", "--cloud", "--format", "json").json["targets"] == [prod]
    assert workspace.run("targets").out.splitlines() == [
        "NAME   KIND     REGION        AUTH",
        "local  local    -             -",
        "prod   tenancy  us-ashburn-1  github-oidc",
    ]
    assert not workspace.home.exists()


def test_without_any_the_local_cloud_is_the_one(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", "apiVersion: reconciler.oci/v1\nkind: Repository\nowner: tests\n")
    assert workspace.run("targets", "--format", "json").json["targets"] == [
        {"name": "local", "kind": "local"}
    ]
    assert workspace.run("targets", "--cloud").out == "No target is a tenancy.\n"


def test_broken_settings_list_nothing(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", f"{SETTINGS}  prod: {{{PROD}, projct: x}}\n")
    refused = workspace.run("targets", "--format", "json", code=3)
    assert "reconciler.yaml:8" in refused.json["error"]["message"]
    assert "targets" not in refused.json


def test_its_schema_knows_every_way_to_sign_in() -> None:
    assert all(f'"{auth.value}"' in schema_text("targets.v1.json") for auth in Auth)
