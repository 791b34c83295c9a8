"""Parts of the cases on ensembles: Python models with these tensors, and ensembles over them."""

from collections.abc import Mapping, Sequence

from tests.corpus.case import PYTHON_MODEL, Case, repository

Files = Mapping[str, str | bytes]


def tensors(kind: str, *names: str, dims: str = "3", datatype: str = "FP32", more: str = "") -> str:
    """These tensors, all of one type and shape; `kind` is `input` or `output`."""
    return "".join(
        f'{kind} [ {{ name: "{name}" data_type: TYPE_{datatype} dims: [ {dims} ] {more} }} ]\n'
        for name in names
    )


def io(inputs: Sequence[str] = "x", outputs: Sequence[str] = "y", **of: str) -> str:
    return tensors("input", *inputs, **of) + tensors("output", *outputs, **of)


def member(name: str, config: str | None = None, code: str = PYTHON_MODEL) -> Files:
    """A Python model in version 1: by itself x → y, both FP32 [3]."""
    return {
        f"{name}/config.pbtxt": f'backend: "python"\n{io() if config is None else config}',
        f"{name}/1/model.py": code,
    }


def step(
    name: str, inputs: Mapping[str, str], outputs: Mapping[str, str], more: str = "model_version: -1"
) -> str:
    maps = "".join(
        f' {field} {{ key: "{key}" value: "{tensor}" }}'
        for field, entries in (("input_map", inputs), ("output_map", outputs))
        for key, tensor in entries.items()
    )
    return f'{{ model_name: "{name}" {more}{maps} }}'


def whole(config: str, *steps: str) -> Files:
    """The ensemble `e`, with the empty folder of its version."""
    scheduling = f"ensemble_scheduling {{ step [ {', '.join(steps)} ] }}"
    return {"e/config.pbtxt": f'platform: "ensemble"\n{config}\n{scheduling}\n', "e/1/": b""}


def ensemble(case: str, config: str, *steps: str, models: Sequence[Files] = ()) -> Case:
    """An ensemble of these steps over these models."""
    files = dict(whole(config, *steps))
    for model in models:
        files |= model
    return repository(case, files)
