"""One real server for all tests here, with models for the local Triton's own backends."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.backend_cases import onnx_files, torchscript_files
from tests.support.backend_cases.case import Case, write
from tests.support.triton_server import Server, serving

CASES = {"onnxruntime": onnx_files.CASES, "pytorch": torchscript_files.CASES}
SERVED = {
    "onnxruntime": {"input-type", "no-graph", "scalar", "ragged", "state", "folder", "named-below", "weight"},
    "pytorch": {"texts", "state"},
}


@dataclass(frozen=True)
class Loaded:
    """A server that was told to load the cases, and what it said of each that it did not load."""

    server: Server
    cases: dict[str, Case]
    refusals: dict[str, str]
    models: Path

    def outputs(self, model: str, *inputs: dict[str, Any], **parameters: Any) -> dict[str, Any]:
        answer = self.server.infer(model, {"inputs": list(inputs), "parameters": parameters})
        return {output["name"]: (output["shape"], output["data"]) for output in answer["outputs"]}


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """The configurations are complete: Triton starts no second process of each model to complete them."""
    work = tmp_path_factory.mktemp("backends")
    cases = {
        f"{backend}.{case.name}": replace(case, name=f"{backend}.{case.name}")
        for backend, of_backend in CASES.items()
        for case in of_backend
        if case.name in SERVED[backend]
    }
    for case in cases.values():
        write(case, work / "models")
    options = ("--model-control-mode=explicit", "--disable-auto-complete-config")
    with serving(work / "models", work, *options) as server:
        with ThreadPoolExecutor(3) as threads:
            answers = dict(zip(cases, threads.map(server.load, cases), strict=True))
        refusals = {model: words for model, words in answers.items() if words}
        yield Loaded(server, cases, refusals, work / "models")
