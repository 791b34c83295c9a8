"""Deployments on an emulator without model servers: documents, states and work, and nobody to answer."""

import json
from typing import Any

import oci
import yaml

from reconciler.core.model.live import MEMORY
from tests.support.hello import CONFIG, MANIFEST, MODEL
from tests.support.updates import UPDATE, work_requests
from tests.support.workspace import Workspace

ELSEWHERE = {"MODEL_DEPLOY_PREDICT_ENDPOINT": "/nowhere"}


def start_bare(workspace: Workspace, **settings: Any) -> None:
    """Start its emulator with the control API and without model servers, in the process of the tests."""
    from tests.support.emulator import FakeServing  # only where the emulator is installed
    from tests.support.here import start_here

    def without_triton() -> FakeServing:
        return FakeServing(missing="there is no Triton here")

    start_here(workspace.home, load=without_triton, control=True, **settings)


def write_model(workspace: Workspace, folder: str, text: str, version: int = 1) -> None:
    """A model repository below `manifests`, with this text in its one model."""
    workspace.write(f"{folder}/m/config.pbtxt", CONFIG)
    workspace.write(f"{folder}/m/{version}/model.py", f"{MODEL}# {text}\n")


def ask_for_one(
    workspace: Workspace, path: str, repository: str, metadata: dict[str, Any], **spec: Any
) -> None:
    """The manifest of a deployment that serves `repository`, a folder beside it."""
    manifest = yaml.safe_load(MANIFEST)
    manifest["metadata"] = metadata
    manifest["spec"] = {**manifest["spec"], "modelRepository": repository, **spec}
    # Nobody answers here, so nobody is to be asked for what is served: that would only take time.
    server = manifest["spec"].get("server", {})
    manifest["spec"]["server"] = {**server, "env": {**ELSEWHERE, **server.get("env", {})}}
    workspace.write(path, json.dumps(manifest))


def all_live(workspace: Workspace) -> dict[str, Any]:
    """Those that are not deleted, by display name."""
    return listed(workspace.sdk(), workspace.note["compartment"])


def listed(client: Any, compartment: str) -> dict[str, Any]:
    """The same, for who has a client already: to make one takes longer than to ask."""
    found = oci.pagination.list_call_get_all_results(client.list_model_deployments, compartment).data
    return {one.display_name: one for one in found if one.lifecycle_state != "DELETED"}


def updates_sent(workspace: Workspace) -> int:
    """How many updates the service has ever accepted."""
    return sum(one.operation_type == UPDATE for one in work_requests(workspace))


def nothing_to_do(workspace: Workspace) -> bool:
    """Whether the plan is empty."""
    return {item["action"] for item in workspace.plan().values()} == {"nothing"}


def nothing_remembered(workspace: Workspace) -> bool:
    """Whether no deployment carries the memory of a failure."""
    memories = [one.freeform_tags.get(MEMORY, "") for one in all_live(workspace).values()]
    return not any("failed:" in memory for memory in memories)
