"""The local Triton's own backends refuse at load what NVIDIA's refuse, in the same words, and nothing else.

The words and verdicts of the tables are those of NVIDIA's own backends of release 24.10, measured in the same
server over the same files.
"""

import json
from pathlib import Path

import pytest

from tests.support.backend_cases import onnx_files, torchscript_files
from tests.support.backend_cases.case import Case, write
from tests.support.backend_cases.in_process import Refused, imported, parsed

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
ALL = [("onnxruntime", case) for case in onnx_files.CASES] + [
    ("pytorch", case) for case in torchscript_files.CASES
]


def refusal(backend: str, case: Case, folder: Path) -> str:
    write(case, folder)
    config = parsed(case.config, case.name)
    with imported(backend, folder / case.name / "1", config) as model:
        try:
            model.TritonPythonModel().initialize({"model_config": json.dumps(config)})
        except Refused as refused:
            return str(refused)
    return ""


@pytest.mark.parametrize(("backend", "case"), ALL, ids=[f"{backend}-{case.name}" for backend, case in ALL])
def test_a_model_is_refused_where_nvidias_backend_refuses_it(
    backend: str, case: Case, tmp_path: Path
) -> None:
    words = case.refusal.format(name=case.name, version=tmp_path / case.name / "1")
    found = refusal(backend, case, tmp_path)
    assert words in found
    assert bool(words) == bool(found)
