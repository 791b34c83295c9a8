"""Two multiplying models on one deployment, and all of it that may change while it serves, as one value."""

import hashlib
import json
import shutil
from dataclasses import dataclass
from typing import Any

from tests.support.hello import BODY, CONFIG, MODEL
from tests.support.load import Question
from tests.support.workspace import Workspace

SHAPES = ("VM.Standard.E4.Flex", "VM.Standard.E5.Flex", "VM.Standard3.Flex")
MODELS = ("m", "n")
ASKED = 7.0
"""What `support.hello.BODY` sends."""

CODE = "import time\n\n" + MODEL.replace("answers = []", "time.sleep(0.05)\n        answers = []")
"""It takes as long as a real one, so that requests are under way whenever a server goes."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What the manifest says. Where it takes a name, a number stands for it."""

    factor: int = 2
    instances: int = 2
    shape: int = 0
    variable: int = 0
    digest: int = 0
    bandwidth: int = 10
    log: int = 0

    @property
    def shape_name(self) -> str:
        return SHAPES[self.shape]

    @property
    def image_digest(self) -> str:
        return f"sha256:{hashlib.sha256(str(self.digest).encode()).hexdigest()}"

    @property
    def log_ocid(self) -> str:
        return f"ocid1.log.oc1.iad.{self.log:04}"

    @property
    def answer(self) -> float:
        return self.factor * ASKED

    def manifest(self) -> dict[str, Any]:
        log = {"group": "ocid1.loggroup.oc1.iad.0000", "log": self.log_ocid}
        return {
            "apiVersion": "reconciler.oci/v1",
            "kind": "ModelDeployment",
            "metadata": {"name": "pair"},
            "spec": {
                "image": {"repository": "iad.ocir.io/acme/triton", "tag": "1", "digest": self.image_digest},
                "modelRepository": "pair",
                "server": {"env": {"LEVEL": str(self.variable)}},
                "instance": {"shape": self.shape_name, "ocpus": 1, "memoryGBs": 8},
                "scaling": {"instances": self.instances},
                "bandwidthMbps": {"min": self.bandwidth},
                "logs": {"access": log, "predict": log},
            },
        }

    def write(self, workspace: Workspace) -> None:
        """The manifest and the model repository, in place of those that are there."""
        workspace.write("manifests/pair.yaml", json.dumps(self.manifest()))
        shutil.rmtree(workspace.root / "manifests/pair", ignore_errors=True)
        for model in MODELS:
            write_model(workspace, model, self.factor)


def write_model(workspace: Workspace, model: str, factor: int, policy: str = "", version: int = 1) -> None:
    """One version of a model in the pair's repository; `policy` is added to its configuration."""
    workspace.write(f"manifests/pair/{model}/config.pbtxt", CONFIG + policy)
    code = CODE.replace("FACTOR", str(factor))
    workspace.write(f"manifests/pair/{model}/{version}/model.py", code)


def questions(*contents: Pair, models: tuple[str, ...] = MODELS) -> list[Question]:
    """Version 1 of each model, which any of these contents may answer; their factors tell them apart."""
    right = {pair.answer: str(pair.factor) for pair in contents}

    def judge(answer: Any) -> str | None:
        (value,) = answer["outputs"][0]["data"]
        return right.get(value)

    return [Question(model, "1", BODY.encode(), judge) for model in models]
