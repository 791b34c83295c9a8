"""One small model and its config.pbtxt, with what NVIDIA's backend of Triton 24.10 says when it is loaded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

Files = Callable[[], Mapping[str, bytes]]
"""Below the folder of the version."""


@dataclass(frozen=True)
class Case:
    """`refusal`: NVIDIA's words, or none if the model loads; {name} is the model's, {version} its folder."""

    name: str
    files: Files
    config: str
    refusal: str = ""


def entry(name: str, kind: str = "FP32", dims: str = "3", more: str = "") -> str:
    return f'{{ name: "{name}" data_type: TYPE_{kind} dims: [ {dims} ] {more} }}'


def config(
    backend: str,
    inputs: str = entry("x"),
    outputs: str = entry("y"),
    batch: int = 0,
    more: str = "",
) -> str:
    lines = [
        f'backend: "{backend}"',
        f"max_batch_size: {batch}",
        f"input [ {inputs} ]",
        f"output [ {outputs} ]",
    ]
    return "\n".join([*lines, "instance_group [ { kind: KIND_CPU count: 1 } ]", more, ""])


def parameter(key: str, text: str) -> str:
    return f'parameters {{ key: "{key}" value {{ string_value: "{text}" }} }}'


def sequence(control: str = "", state: str = "") -> str:
    return f"sequence_batching {{ {control} {state} }}"


def control(tensor: str, values: str, kind: str = "CONTROL_SEQUENCE_START") -> str:
    return f'control_input [ {{ name: "{tensor}" control [ {{ kind: {kind} {values} }} ] }} ]'


def correlation(tensor: str, kind: str) -> str:
    return control(tensor, f"data_type: TYPE_{kind}", "CONTROL_SEQUENCE_CORRID")


def state(given: str = "s", made: str = "t", kind: str = "FP32") -> str:
    fields = f"data_type: TYPE_{kind} dims: [ 3 ]"
    zeros = f'initial_state [ {{ name: "zeros" {fields} zero_data: true }} ]'
    return f'state [ {{ input_name: "{given}" output_name: "{made}" {fields} {zeros} }} ]'


def write(case: Case, repository: Path) -> None:
    version = repository / case.name / "1"
    version.mkdir(parents=True)
    (version.parent / "config.pbtxt").write_text(case.config)
    for path, content in case.files().items():
        (version / path).parent.mkdir(parents=True, exist_ok=True)
        (version / path).write_bytes(content)
