"""Which models a command loads, and by which configuration: as the real server says when it starts."""

import re
from collections.abc import Callable

import pytest

from reconciler.triton.server.command import read_command
from reconciler.triton.server.served import config_path, loaded
from tests.support.tiny_models import MARK_CONFIG, MARK_MODEL, write
from tests.triton.server.conftest import Server

ENSEMBLE = """platform: "ensemble"
input [ { name: "X" data_type: TYPE_FP32 dims: [ -1 ] } ]
output [ { name: "SUM" data_type: TYPE_FP32 dims: [ 1 ] } ]
ensemble_scheduling { step [ {
  model_name: "first" model_version: -1
  input_map { key: "X" value: "X" } output_map { key: "SUM" value: "SUM" }
} ] }
"""
STEPS = {"both": ["first"], "first": [], "second": []}
"""Of the repository below: an ensemble over the first model, and a second model."""

READY = re.compile(r"^\| (\w+) +\| (\d+) +\| READY +\|$", re.MULTILINE)

Table = Callable[..., set[tuple[str, int]]]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Table:
    """The models and versions that a real server with these options calls ready."""
    repository = tmp_path_factory.mktemp("served")
    for name in ("first", "second"):
        write(repository / name / "config.pbtxt", MARK_CONFIG)
        for number in (1, 2):
            write(repository / name / str(number) / "model.py", MARK_MODEL.replace("{mark}", "1"))
    write(repository / "second/configs/every.pbtxt", f"{MARK_CONFIG}version_policy {{ all {{}} }}\n")
    write(repository / "both/config.pbtxt", ENSEMBLE)
    (repository / "both/1").mkdir()

    def run(*words: str) -> set[tuple[str, int]]:
        printed = server(f"--model-repository={repository}", "--http-port=0", *words)
        return {(match[1], int(match[2])) for match in READY.finditer(printed)}

    return run


@pytest.mark.parametrize(
    ("words", "models"),
    [
        ((), {"both", "first", "second"}),
        (("--model-control-mode=poll",), {"both", "first", "second"}),
        (("--model-control-mode=explicit",), set()),
        (("--model-control-mode=explicit", "--load-model=*"), {"both", "first", "second"}),
        (("--model-control-mode=explicit", "--load-model=second"), {"second"}),
        (("--model-control-mode=EXPLICIT", "--load-model", "both"), {"both", "first"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else ",".join(sorted(value)),
)
def test_what_is_loaded(words: tuple[str, ...], models: set[str], table: Table) -> None:
    assert loaded(read_command(["tritonserver", *words]), STEPS) == models
    assert {name for name, _ in table(*words)} == models


@pytest.mark.parametrize(
    ("words", "path", "versions"),
    [
        ((), "config.pbtxt", {2}),
        (("--model-config-name=every",), "configs/every.pbtxt", {1, 2}),
        (("--model-config-name=none",), "config.pbtxt", {2}),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else None,
)
def test_by_which_configuration(words: tuple[str, ...], path: str, versions: set[int], table: Table) -> None:
    folder = {"config.pbtxt", "configs/every.pbtxt", "1/model.py", "2/model.py"}
    assert config_path(read_command(["tritonserver", *words]), folder) == path
    assert {number for name, number in table(*words) if name == "second"} == versions


def test_of_a_command_that_is_not_known_all_is_loaded() -> None:
    assert loaded(None, STEPS) == set(STEPS)
    assert config_path(None, {"config.pbtxt"}) == "config.pbtxt"
    assert config_path(None, {"1/model.onnx"}) is None
