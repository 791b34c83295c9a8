"""Whether a backend fills in what the configuration leaves out. A rule must not blame what would be filled
in. Nothing is judged here.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache, partial

from reconciler.core.model.findings import Severity
from reconciler.triton.backends import MODEL_FILE, ONNXRUNTIME, PYTHON, PYTORCH
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.model_files.python_completion import FUNCTION, Completion, completion_in
from reconciler.triton.repository_model import ENSEMBLE, RepositoryModel
from reconciler.triton.rules.reading.model_files import places_of_model, read

KEEPS = frozenset({ONNXRUNTIME, PYTORCH, ENSEMBLE})
"""Backends that leave a tensor as it is written. onnxruntime completes whole lists only (its source,
ModelState::AutoCompleteConfig); pytorch completes no tensor (its source, ModelState::AutoCompleteConfig).
"""

ADDS_NONE = KEEPS | {"openvino", "tensorflow", "tensorrt"}
"""Backends that add no tensor to a list that is written."""

LARGEST_CODE = 1 << 20
"""Bytes of a model.py that are still read."""

_CLASS_OF_ITS_OWN = re.compile(rb"^class\s+TritonPythonModel\s*(\(\s*(object)?\s*\))?\s*:", re.MULTILINE)


def may_complete(model: RepositoryModel) -> bool:
    """Whether the backend may fill in data types and dims, or add tensors; true where nobody can tell."""
    return _may(model, KEEPS)


def may_add_tensors(model: RepositoryModel) -> bool:
    """Whether the backend may add tensors to those that are written; true where nobody can tell."""
    return _may(model, ADDS_NONE)


def _may(model: RepositoryModel, do_not: frozenset[str]) -> bool:
    if model.backend == PYTHON:
        return not all(_completes_nothing(code) for code in _codes(model))
    return model.backend not in do_not or model.settings.runtime == MODEL_FILE[PYTHON]


def completes(model: RepositoryModel) -> Callable[[], bool]:
    """`may_complete`, for a rule that may ask for each tensor: files are read once, if it asks."""
    return cache(partial(may_complete, model))


def unless_completed(model: RepositoryModel) -> Callable[[str, str], Severity | None]:
    """How bad it is that a tensor of a kind and a name lacks something: None where the backend may fill it
    in. A model.py that does not even name the tensor hardly will, but it may make the name.
    """
    if not may_complete(model):
        return lambda *_: Severity.ERROR
    if model.backend != PYTHON:
        return lambda *_: None
    plain = [completion for _, completion in completions(model)]
    if len(plain) == len(model.served):
        by_version = [_added(completion) for completion in plain]
        return lambda *tensor: None if all(tensor in added for added in by_version) else Severity.ERROR
    codes = tuple(_codes(model))
    return lambda _, name: None if any(name.encode() in code for code in codes) else Severity.WARNING


def completions(model: RepositoryModel) -> Iterator[tuple[str, Completion]]:
    """What the code of each served version fills in, with its path, where that is plain to read."""
    for _number, path in places_of_model(model, PYTHON):
        completion = read(model, path, _completion) if path in model.paths else None
        if completion:
            yield path, completion


def _added(completion: Completion) -> set[tuple[str, object]]:
    kinds = ("input", "output")
    return {(kind, tensor.get("name")) for kind in kinds for tensor in completion.tensors(f"add_{kind}")}


def knows_inputs(model: RepositoryModel) -> bool:
    """Whether the inputs are those that are written. onnxruntime fills them in where there are none."""
    given = model.message.input or model.message.batch_input
    return bool(given or model.backend != ONNXRUNTIME) and not may_complete(model)


def knows_largest_batch(model: RepositoryModel) -> bool:
    """Whether the largest batch is the one that is written. onnxruntime fills it in with the tensors."""
    message = model.message
    given = message.max_batch_size or (message.input and message.output)
    return bool(given or model.backend != ONNXRUNTIME) and not may_complete(model)


def _codes(model: RepositoryModel) -> Iterator[bytes]:
    """The code of each served version; empty where it is not there, or cannot be read."""
    for _number, path in places_of_model(model, PYTHON):
        yield (read(model, path, _code) if path in model.paths else None) or b""


def _code(files: LocalFiles, path: str) -> bytes:
    return files.read(path, 0, LARGEST_CODE)


def _completion(files: LocalFiles, path: str) -> Completion | None:
    return completion_in(_code(files, path))


def _completes_nothing(code: bytes) -> bool:
    """A class that is made elsewhere may have what its text does not show."""
    return FUNCTION.encode() not in code and bool(_CLASS_OF_ITS_OWN.search(code))
