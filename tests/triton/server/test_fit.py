"""What keeps a model from loading on a machine without a GPU, and in an image without its backend: the real
server and `validate` are asked about the same models.
"""

import re
from pathlib import Path

import pytest

from tests.support.manifests import refused, write
from tests.support.tiny_models import MARK_CONFIG, MARK_MODEL
from tests.triton.server.conftest import Server

CPU = "instance_group [ { kind: KIND_CPU count: 1 } ]"

CONFIGS = {
    "auto": MARK_CONFIG.replace(CPU, "instance_group [ { kind: KIND_AUTO } ]"),
    "gpu": MARK_CONFIG.replace(CPU, "instance_group [ { kind: KIND_GPU } ]"),
    "numbered": MARK_CONFIG.replace(CPU, "instance_group [ { gpus: [ 0 ] } ]"),
    "backend": MARK_CONFIG.replace('"python"', '"absent"'),
    "own": MARK_CONFIG.replace('"python"', '"own"'),
    "runtime": MARK_CONFIG.replace('"python"', '"absent" runtime: "mine.so"'),
    "agent": MARK_CONFIG + 'model_repository_agents { agents [ { name: "absent" } ] }',
}

FAILS = {
    "gpu": "of model gpu has kind KIND_GPU but no GPUs are available",
    "numbered": "of model numbered has kind KIND_CPU but specifies one or more GPUs",
    "backend": "unable to find backend library for backend 'absent'",
    "agent": "unable to find 'libtritonrepoagent_absent.so' for repo agent 'absent'",
}

MANIFEST = """apiVersion: reconciler.oci/v1
kind: ModelDeployment
metadata: {name: fit}
spec:
  image: {repository: iad.ocir.io/acme/triton, tag: "1", build: {triton: 2.51.0, backends: [python]}}
  modelRepository: models
  instance: {shape: VM.Standard.E4.Flex, ocpus: 1, memoryGBs: 8}
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a manifest and the models. The libraries of two of them hold nothing."""
    root = tmp_path_factory.mktemp("fit")
    write(root, MANIFEST)
    for name, config in CONFIGS.items():
        write(root, config, f"manifests/models/{name}/config.pbtxt")
        write(root, MARK_MODEL.replace("{mark}", "1"), f"manifests/models/{name}/1/model.py")
    write(root, "", "manifests/models/own/1/libtriton_own.so")
    write(root, "", "manifests/models/runtime/mine.so")
    return root


def test_what_does_not_load_is_refused(root: Path, server: Server) -> None:
    printed = server(f"--model-repository={root}/manifests/models", "--http-port=0")
    assert [message for message in FAILS.values() if message not in printed] == []
    assert "successfully loaded 'auto'" in printed
    assert printed.count("file too short") >= len(("own", "runtime")), "the libraries were found"
    named = re.findall(r"'(\w+)' (?:needs|runs on|asks for)", refused(root))
    assert sorted(named) == sorted(FAILS)


def test_what_is_not_loaded_keeps_nothing_from_starting(root: Path, server: Server) -> None:
    words = ("--model-control-mode=explicit", "--load-model=auto", "--http-port=0")
    assert "Started HTTPService" in server(f"--model-repository={root}/manifests/models", *words)
