"""Where a backend looks for the model of each version, and how a rule reads there."""

import posixpath
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from reconciler.triton.backends import MODEL_FILE
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.rule import Fault, Repository, Rule

T = TypeVar("T")

_IN_FOLDER = {"onnxruntime": "model.onnx", "pytorch": "", "python": ""}
"""What backends open in a folder that has the name of the model file; nothing where they cannot."""


class ModelFile(NamedTuple):
    """The model file of one version; `path` is inside the model's folder."""

    number: int
    path: str


def model_files(model: RepositoryModel, backend: str, inside: str = "") -> Iterator[ModelFile]:
    """The files that this backend opens, version by version, where they are there. `inside` is the file in a
    folder that has the name of the model file.
    """
    if model.backend != backend:
        return
    name = model.settings.model_file or MODEL_FILE[backend]
    for number in sorted(model.served):
        path = posixpath.normpath(f"{number}/{name}")
        for file in (path, f"{path}/{inside}") if inside else (path,):
            if file in model.paths:
                yield ModelFile(number, file)


def read(model: RepositoryModel, path: str, reader: Callable[[LocalFiles, str], T]) -> T | None:
    """What `reader` finds in a file of the model; None where the file cannot be read here: it is fetched
    later, or by an agent, or another rule tells of it.
    """
    key = (path, reader)
    if key not in model.looked_into:
        known = model.look_inside and not model.handed_on
        model.looked_into[key] = _read(model, path, reader) if known else None
    found: T | None = model.looked_into[key]
    return found


def _read(model: RepositoryModel, path: str, reader: Callable[[LocalFiles, str], T]) -> T | None:
    try:
        return reader(model.content, f"{model.name}/{path}")
    except OSError:
        return None


def _folder_for_file(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    """A folder that has the name of the model file; onnxruntime looks into it."""
    inside = _IN_FOLDER.get(model.backend)
    if inside is None:
        return
    name = model.settings.model_file or MODEL_FILE[model.backend]
    for number in sorted(model.served):
        path = posixpath.normpath(f"{number}/{name}")
        if f"{path}/{inside}" not in model.paths and any(told.startswith(f"{path}/") for told in model.paths):
            wanted = (
                f"a folder, in which there is no {inside}" if inside else "a folder, and not the model file"
            )
            yield Fault(f"is {wanted}", "Put the file in its place.", path=path)


RULES = (Rule("folder-for-file", "r24.10, IsDirectory and ReadTextFile in LoadModel", _folder_for_file),)
