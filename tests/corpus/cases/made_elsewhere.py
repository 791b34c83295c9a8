"""Python models whose text does not show that they complete their configuration."""

from tests.corpus.case import one_model
from tests.corpus.ensembles import ensemble, io, member, step

COMPLETED = """import triton_python_backend_utils as pb_utils


def execute(self, requests):
    return [pb_utils.InferenceResponse([]) for _ in requests]


def complete(config):
    config.add_input({"name": "w", "data_type": "TYPE_FP32", "dims": [3]})
    return config


METHODS = {"execute": execute, "auto_" "complete_config": staticmethod(complete)}
TritonPythonModel = type("TritonPythonModel", (), METHODS)
"""

CASES = (
    one_model("made_class_by_a_call", f'backend: "python" {io()}', {"1/model.py": COMPLETED}),
    ensemble(
        "made_ensemble_of_a_class_by_a_call",
        io(["x", "w"], "y"),
        step("a", {"x": "x", "w": "w"}, {"y": "y"}),
        models=[member("a", code=COMPLETED)],
    ),
)
