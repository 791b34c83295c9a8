"""Reading and writing a config.pbtxt: what is refused in which words, and what it costs."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.model.configuration import Json
from reconciler.core.model.findings import Finding, Location
from reconciler.triton.config.pbtxt import parse_config, write_config
from reconciler.triton.config.values import Config
from reconciler.triton.repository_folder import layout_of_folder
from tests.support.model_contents import ONNX


def names() -> st.SearchStrategy[str]:
    return st.text(st.characters(codec="utf-8"), max_size=12)


@given(names(), st.lists(st.tuples(names(), st.integers(-1, 2**63 - 1)), max_size=3))
def test_what_is_written_is_what_is_read(name: str, steps: list[tuple[str, int]]) -> None:
    text = write_config(
        {
            "name": name,
            "platform": "ensemble",
            "ensemble_scheduling": {
                "step": [{"model_name": model, "model_version": number} for model, number in steps]
            },
        }
    )
    assert isinstance(text, str)
    assert parse_config(text) == Config(name, "", "ensemble", steps=tuple(steps))


def wrongs(text: str) -> tuple[Finding, ...]:
    found = parse_config(text)
    assert isinstance(found, tuple)
    return found


def nested(depth: int) -> Iterator[str]:
    yield "optimization { graph { " * depth
    yield "}" * 2 * depth


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "name",
        'name: "a" name: "b"',
        "max_batch_size: 1.5",
        "".join(nested(9999)),
        f"input {{ data_type: {2**31} }}",
        f"instance_group {{ kind: -{10**30} }}",
    ],
)
def test_damaged_text_is_a_value_not_a_crash(text: str) -> None:
    assert isinstance(parse_config(text), tuple)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (r'name: "a\Tb"', 1, 9),
        ('name: "a"  # no string: "\\T\nbackend: \'b\\9\'', 2, 12),
        (r'name: "\N{BULLET}"', 1, 8),
        (r'name: "\"\/"', 1, 10),
    ],
)
def test_an_escape_that_the_server_refuses_is_refused_at_its_place(text: str, line: int, column: int) -> None:
    (found,) = wrongs(text)
    assert (found.where.line, found.where.column) == (line, column)
    assert found.what.startswith("there is no escape sequence")


def test_escapes_that_the_server_knows() -> None:
    found = parse_config(r"""name: "a\x41\101\u00e9\"\n" 'b\''  # it's "\T""")
    assert isinstance(found, Config)
    assert found.name == "aAAé\"\nb'"


@pytest.mark.parametrize(
    "text", ["x" * 50_000, 'name: "a" name: "' + "x" * 50_000, f"max_batch_size: {'1' * 50_000}"]
)
def test_what_is_wrong_is_said_in_few_words(text: str) -> None:
    (found,) = wrongs(text)
    assert len(found.what) <= 300


@pytest.mark.parametrize(
    "fields",
    [
        {"x" * 5000: 1},
        {"input": [{"data_type": "x" * 5000}]},
        {"model_metrics": {"x" * 5000: 1}},
        {"parameters": {"x" * 5000: {"y" * 5000: 1}}},
    ],
)
def test_fields_are_cut_in_what_is_said_of_them(fields: dict[str, Json]) -> None:
    found = write_config(fields)
    assert isinstance(found, tuple)
    assert all(len(wrong.what) < 200 for wrong in found)


def test_names_are_cut_in_what_is_said_of_them(tmp_path: Path) -> None:
    (tmp_path / "m" / "1").mkdir(parents=True)
    (tmp_path / "m" / "1" / "model.onnx").write_text(ONNX)
    (tmp_path / "m" / "config.pbtxt").write_text(f'name: "{"x" * 50_000}" backend: "onnxruntime"')
    layout, (problem,) = layout_of_folder(tmp_path, Location("a.yaml"))
    assert layout is None
    assert problem.what.startswith("the configuration is named 'xxx")
    assert len(problem.what) <= 500


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


READ = "import sys; from reconciler.triton.config.pbtxt import parse_config; parse_config('name: \"a\"')\n"


def test_reading_a_configuration_imports_neither_grpc_nor_numpy() -> None:
    heavy = ("numpy", "grpc", "tritonclient", "requests", "oci")
    assert run(f"{READ}print([name for name in {heavy} if name in sys.modules])") == "[]"


def test_the_client_of_triton_can_be_imported_beside_it() -> None:
    assert run(f"{READ}import tritonclient.grpc; print(parse_config('name: \"b\"').name)") == "b"
