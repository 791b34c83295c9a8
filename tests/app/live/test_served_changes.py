"""Changes of what is served, from two manifests to the plan that a person reads: a golden file for each."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from onnx import TensorProto

from reconciler.app.live.served_models import servings_of
from reconciler.core.model.desired import Desired
from reconciler.core.model.spec import Spec
from reconciler.core.model.target import OptionGroupsReading, Safety
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.planner import make_plan
from reconciler.core.planning.run_scope import to_guard
from reconciler.manifests.loading import load_manifests
from reconciler.manifests.spec_draft import specs_of
from reconciler.report.plan.text import plan_lines
from reconciler.report.style import PLAIN
from tests.support.model_contents import PYTHON
from tests.support.onnx_models import identity
from tests.support.reaching import reached
from tests.support.reviews import OWNER, REVISION, World

GOLDEN = Path(__file__).parent / "golden"
TRITON = ("tritonserver", "--model-repository=/opt/ds/model/deployed_model")
EXPLICIT = "--model-control-mode=explicit"

Model = Mapping[str, Any]

PLAIN_MODEL = {
    "max_batch_size": 8,
    "input": [{"name": "x", "data_type": "TYPE_FP32", "dims": [3]}],
    "output": [{"name": "y", "data_type": "TYPE_FP32", "dims": [2]}],
}
WIDER = {
    "input": [{"name": "x", "data_type": "TYPE_FP32", "dims": [-1, 3]}],
    "output": [{"name": "y", "data_type": "TYPE_FP32", "dims": [-1, 2]}],
}


def onnx_bytes(kind: int) -> bytes:
    return bytes(identity([3], [3], kind).SerializeToString())


@dataclass(frozen=True)
class Side:
    """One of two manifests: options of the command, models by name (fields of a configuration, or the bytes
    of an ONNX file), more files of the model repository, the tag of the image.
    """

    models: Mapping[str, Model | bytes] = field(default_factory=lambda: {"first": PLAIN_MODEL})
    options: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    tag: str = "1"
    rollout: Mapping[str, Any] = field(default_factory=dict)
    weights: str = "trained in May"

    def spec(self, root: Path) -> Spec:
        repository = root / "manifests/models"
        for name, model in self.models.items():
            folder = repository / name / "1"
            folder.mkdir(parents=True)
            if isinstance(model, bytes):
                (folder / "model.onnx").write_bytes(model)
            else:
                config = {"backend": "python", **model}
                file = "model.plan" if config["backend"] == "tensorrt" else "model.py"
                (folder / file).write_text(f"{PYTHON}# {self.weights}\n")
                (folder.parent / "config.pbtxt").write_text(_pbtxt(config))
        for path, text in self.files.items():
            (repository / path).parent.mkdir(parents=True, exist_ok=True)
            (repository / path).write_text(text)
        spec = {
            "image": {"repository": "iad.ocir.io/acme/triton", "tag": self.tag},
            "modelRepository": "models",
            "server": {"command": [*(self.words or TRITON), *self.options]},
            "instance": {"shape": "VM.GPU.A10.1"},
            "rollout": dict(self.rollout),
        }
        head = {"apiVersion": "reconciler.oci/v1", "kind": "ModelDeployment", "metadata": {"name": "vision"}}
        (root / "manifests/vision.yaml").write_text(json.dumps({**head, "spec": spec}))
        drafts = load_manifests((), root, {}).drafts
        (made,) = specs_of(drafts, None, lambda done, total: None)
        return made


def _pbtxt(fields: Mapping[str, Any]) -> str:
    from reconciler.triton.config.pbtxt import write_config

    text = write_config(fields)
    assert isinstance(text, str), text
    return text


class Kept:
    """A catalog that knows the models of what runs."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec

    def kept_models(self, ocid: str) -> object:
        return self.spec.artifact.models


def planned(tmp_path: Path, before: Side, after: Side, safety: Safety = Safety()) -> Plan:  # noqa: B008 - frozen
    was, new = before.spec(tmp_path / "before"), after.spec(tmp_path / "after")
    world = World().of(was)
    wanted = Desired("prod", OWNER, (new,), REVISION, safety)
    guarded = to_guard(wanted, world.snapshot)
    return make_plan(wanted, world.snapshot, servings_of(reached(Kept(was)), guarded))


TWO = {"first": PLAIN_MODEL, "second": PLAIN_MODEL}
LABELLED = {
    **PLAIN_MODEL,
    "output": [{"name": "y", "data_type": "TYPE_FP32", "dims": [2], "label_filename": "words.txt"}],
}
ENGINE = {**PLAIN_MODEL, "backend": "tensorrt"}
SMALL = _pbtxt({"backend": "python", **PLAIN_MODEL, "max_batch_size": 2})

CHANGES = {
    "explicit_without_a_model": (Side(TWO), Side(TWO, (EXPLICIT, "--load-model=first"))),
    "another_load_model": (
        Side(TWO, (EXPLICIT, "--load-model=first")),
        Side(TWO, (EXPLICIT, "--load-model=second")),
    ),
    "smaller_by_a_variant": (
        Side(files={"first/configs/small.pbtxt": SMALL}),
        Side(files={"first/configs/small.pbtxt": SMALL}, options=("--model-config-name=small",)),
    ),
    "smaller_batch": (Side(), Side({"first": {**PLAIN_MODEL, "max_batch_size": 4}})),
    "decoupled": (Side(), Side({"first": {**PLAIN_MODEL, "model_transaction_policy": {"decoupled": True}}})),
    "sequence": (Side(), Side({"first": {**PLAIN_MODEL, "sequence_batching": {}}})),
    "onnx_input_type": (
        Side({"first": onnx_bytes(TensorProto.FLOAT)}),
        Side({"first": onnx_bytes(TensorProto.INT64)}),
    ),
    "another_label": (
        Side({"first": LABELLED}, files={"first/words.txt": "cat\ndog\n"}),
        Side({"first": LABELLED}, files={"first/words.txt": "cat\nwolf\n"}),
    ),
    "only_wider": (Side(), Side({"first": WIDER})),
    "models_first": (
        Side({"first": PLAIN_MODEL}, (EXPLICIT, "--load-model=first")),
        Side(TWO, (EXPLICIT, "--load-model=first", "--load-model=second"), rollout={"versions": "additive"}),
    ),
    "engine_and_image": (
        Side({"first": ENGINE}),
        Side({"first": ENGINE}, tag="2", weights="built for release 2"),
    ),
    "unknown_and_unchanged": (
        Side({"first": PLAIN_MODEL, "second": {}}),
        Side({"first": {**PLAIN_MODEL, "max_batch_size": 16}, "second": {}}),
    ),
    "unknown_and_changed": (
        Side({"first": PLAIN_MODEL, "second": {}}),
        Side({"first": PLAIN_MODEL, "second": {}}, weights="trained in June"),
    ),
    "image_beside_an_engine": (
        Side({"first": ENGINE, "second": PLAIN_MODEL}),
        Side({"first": ENGINE, "second": {**PLAIN_MODEL, "max_batch_size": 16}}, tag="2"),
    ),
    "a_script": (Side(), Side(words=("sh", "-c", "exec /opt/start.sh"))),
    "the_same_in_other_words": (Side(), Side(options=("--log-verbose=1",))),
}


@pytest.mark.parametrize("name", CHANGES)
def test_golden(name: str, tmp_path: Path) -> None:
    before, after = CHANGES[name]
    text = "\n".join(plan_lines(planned(tmp_path, before, after), PLAIN)) + "\n"
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_engines_and_image_go_in_one_update_where_the_settings_say_so(tmp_path: Path) -> None:
    before, after = CHANGES["engine_and_image"]
    safety = Safety(option_groups=OptionGroupsReading.DOCUMENTED)
    (item,) = planned(tmp_path, before, after, safety).deployments
    assert item.refusals == ()
    assert item.steps
