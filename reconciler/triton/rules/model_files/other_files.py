"""Rules on model files of the other backends: what stands in their place, and what must be beside them. These
formats are not read: only beginnings are looked at, and small texts.

Sources: server docs, "Model Repository", "Model Files"; vllm_backend, src/model.py; tensorrtllm_backend,
docs/model_config.md; OpenVINO, "IR format"; TensorFlow, "Using the SavedModel format".
"""

import json
import posixpath
import re
from collections.abc import Iterator

from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.model_files.kinds import (
    ADVICE,
    EMPTY,
    HTML,
    JSON,
    LOOKED_AT,
    PICKLE,
    POINTER,
    XML,
    kind_of,
)
from reconciler.triton.model_files.remembered import once_for_each_file
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.reading.model_files import model_files, read
from reconciler.triton.rules.rule import Fault, Repository, Rule

COPY = "Copy the model's own file to this place."

NEVER = frozenset({EMPTY, HTML, POINTER})
BINARY = NEVER | {JSON, XML, PICKLE, "a zip archive", "an empty zip archive", "compressed by gzip"}
UNFIT = {
    "tensorrt": BINARY,
    "tensorflow": BINARY,
    "dali": NEVER | {XML, "a zip archive", "an empty zip archive"},
    "openvino": (BINARY - {XML}),
    "vllm": NEVER | {XML, PICKLE},
}
"""What no model file of a backend is."""

LARGEST_JSON = 4 << 20
_CONSTANTS = re.compile(rb'type="Const"')
LARGEST_LOOK = 1 << 20
ENGINE = re.compile(r"rank(\d{1,6})\.engine")
ENGINE_CONFIG = "config.json"
MOST_RANKS = 4096
SAVED_MODEL = "model.savedmodel"


@once_for_each_file
def _kind(files: LocalFiles, path: str) -> str:
    return kind_of(files.read(path, 0, LOOKED_AT))


def _something_else(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for path in _loaded(model):
        kind = read(model, path, _kind)
        if kind and kind in UNFIT[model.backend]:
            yield Fault(
                f"is {kind}, not a model of the backend {model.backend}", ADVICE.get(kind, COPY), path=path
            )


def _loaded(model: RepositoryModel) -> Iterator[str]:
    """The files that the backend opens, and that must be something."""
    if model.backend in UNFIT:
        yield from (path for _, path in model_files(model, model.backend))
    if model.backend == "tensorflow":
        yield from _saved_models(model)


def _saved_models(model: RepositoryModel) -> Iterator[str]:
    name = model.settings.model_file or SAVED_MODEL
    for number in sorted(model.served):
        path = f"{posixpath.normpath(f'{number}/{name}')}/saved_model.pb"
        if path in model.paths:
            yield path


def _saved_model(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    """A folder with the graph, and with an index of variables whose data is beside it."""
    name = model.settings.model_file or SAVED_MODEL
    for number in sorted(model.served) if model.backend == "tensorflow" else ():
        folder = posixpath.normpath(f"{number}/{name}")
        inside = {path.removeprefix(f"{folder}/") for path in model.paths if path.startswith(f"{folder}/")}
        if inside and not inside & {"saved_model.pb", "saved_model.pbtxt"}:
            yield Fault(
                "holds no saved_model.pb", "Copy the whole folder that TensorFlow saved.", path=folder
            )
        data = any(path.startswith("variables/variables.data-") for path in inside)
        if ("variables/variables.index" in inside) != data:
            absent = "its index" if data else "its data"
            yield Fault(
                f"has variables without {absent}", "Copy the whole folder.", path=f"{folder}/variables"
            )


def _openvino(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    """A network with constants has them in a file of the same name."""
    for _number, path in model_files(model, "openvino"):
        weights = f"{path.removesuffix('.xml')}.bin"
        if path.endswith(".xml") and weights not in model.paths:
            start = read(model, path, _start)
            if start and _CONSTANTS.search(start):
                what = f"has constants, and {posixpath.basename(weights)} is not beside it"
                yield Fault(what, "Copy both files that OpenVINO wrote.", path=path)


def _start(files: LocalFiles, path: str) -> bytes:
    return files.read(path, 0, LARGEST_LOOK)


def _vllm(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for _number, path in model_files(model, "vllm"):
        if wrong := read(model, path, _wrong_json):
            yield Fault(
                f"{wrong}: it holds the arguments of the vLLM engine", "Write a JSON object.", path=path
            )


@once_for_each_file
def _wrong_json(files: LocalFiles, path: str) -> str:
    """Why a file is no JSON object; empty where it is one, or where another rule tells of it."""
    content = files.read(path, 0, LARGEST_JSON + 1)
    if len(content) > LARGEST_JSON or kind_of(content[:LOOKED_AT]) in NEVER:
        return ""
    try:
        found = json.loads(content)
    except RecursionError:
        return ""
    except ValueError as error:
        line = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        return f"is not JSON{line}"
    return "" if isinstance(found, dict) else "is not a JSON object"


def _engines(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    """An engine of TensorRT-LLM in the version's folder: a config.json, and a file for each rank."""
    for number in sorted(model.served) if model.backend == "tensorrtllm" else ():
        names = model.versions[number]
        ranks = {int(match[1]): name for name in names if (match := ENGINE.fullmatch(name))}
        if not ranks:
            continue  # `gpt_model_path` names another folder.
        if ENGINE_CONFIG not in names:
            yield Fault(
                "holds an engine without config.json", "Copy the whole engine folder.", path=str(number)
            )
        elif wrong := read(model, f"{number}/{ENGINE_CONFIG}", _wrong_json):
            yield Fault(wrong, "Copy the whole engine folder.", path=f"{number}/{ENGINE_CONFIG}")
        missing = sorted(set(range(max(ranks) + 1)) - ranks.keys())
        if missing and max(ranks) < MOST_RANKS:
            what = f"holds no rank{missing[0]}.engine, and one of rank {max(ranks)}"
            yield Fault(what, "Copy the whole engine folder.", path=str(number))
        for rank in sorted(ranks):
            path = f"{number}/{ranks[rank]}"
            kind = read(model, path, _kind)
            if kind in BINARY:
                yield Fault(f"is {kind}, not an engine", ADVICE.get(kind or "", COPY), path=path)


RULES = (
    Rule("something-else", 'server docs, "Model Repository", "Model Files"', _something_else),
    Rule("saved-model", "TensorFlow, SavedModel format", _saved_model),
    Rule("openvino-weights", "OpenVINO, IR format", _openvino),
    Rule("vllm-engine", "vllm_backend, src/model.py, TritonPythonModel", _vllm),
    Rule("tensorrtllm-engine", "tensorrtllm_backend, docs/model_config.md", _engines),
)
