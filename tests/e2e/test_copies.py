"""Somebody copies a deployment in the console, its tags too: both carry our marks."""

from collections.abc import Iterator

import oci
import pytest

from tests.support.hello import write_hello
from tests.support.workspace import Workspace, make, stop, wait_until


@pytest.fixture
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = make(tmp_path_factory.mktemp("copies"))
    write_hello(workspace)
    yield workspace
    stop(workspace)


def copy(workspace: Workspace) -> str:
    """What the console does; the OCID of the copy, once it is ACTIVE."""
    client = workspace.sdk()
    (first,) = client.list_model_deployments(workspace.note["compartment"]).data
    names = ("display_name", "project_id", "compartment_id", "freeform_tags")
    details = oci.data_science.models.CreateModelDeploymentDetails(
        **{name: getattr(first, name) for name in names},
        model_deployment_configuration_details=first.model_deployment_configuration_details,
    )
    made = client.create_model_deployment(details).data.id
    wait_until(lambda: client.get_model_deployment(made).data.lifecycle_state == "ACTIVE", "it serves")
    return str(made)


def test_the_copy_is_told_apart_and_taken_away(workspace: Workspace) -> None:
    workspace.run("apply", "--yes")
    first = workspace.run("status", "--format", "json").json["deployments"][0]["ocid"]
    second = copy(workspace)

    told = workspace.run("plan", code=5).out
    assert "2 deployments go by 'hello'" in told
    assert f"{second} (ACTIVE, created 20" in told
    assert workspace.run("status").out.count("2 deployments carry this name") == 2

    before = workspace.state()
    assert "2 deployments go by 'hello'" in workspace.run("destroy", "hello", "--yes", code=5).out
    assert workspace.state() == before

    assert f"{second} is to be destroyed" in workspace.run("destroy", second, "--yes").out
    assert [row["ocid"] for row in workspace.run("status", "--format", "json").json["deployments"]] == [first]
    assert {model.id for model in workspace.catalog()} == before["catalog"]
    assert workspace.plan()["hello"]["action"] == "nothing"
