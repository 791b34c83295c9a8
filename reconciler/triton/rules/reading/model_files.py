"""Where a backend looks for the model of each version, and how a rule reads there. Nothing is judged here."""

import posixpath
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from reconciler.triton.backends import MODEL_FILE
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.repository_model import RepositoryModel

T = TypeVar("T")


class ModelFile(NamedTuple):
    """The model file of one version; `path` is inside the model's folder."""

    number: int
    path: str


def places_of_model(model: RepositoryModel, backend: str) -> Iterator[ModelFile]:
    """Where this backend looks, version by version, whatever is there; nowhere where another one runs it."""
    name = model.settings.model_file or MODEL_FILE[backend]
    for number in sorted(model.served) if model.backend == backend else ():
        yield ModelFile(number, posixpath.normpath(f"{number}/{name}"))


def model_files(model: RepositoryModel, backend: str, inside: str = "") -> Iterator[ModelFile]:
    """The files that this backend opens, version by version, where they are there. `inside` is the file in a
    folder that has the name of the model file.
    """
    for number, path in places_of_model(model, backend):
        for file in (path, f"{path}/{inside}") if inside else (path,):
            if file in model.paths:
                yield ModelFile(number, file)


def read(model: RepositoryModel, path: str, reader: Callable[[LocalFiles, str], T]) -> T | None:
    """What `reader` finds in a file of the model; None where the file cannot be read here: it is fetched
    later, or by an agent, or another rule tells of it.
    """
    if not model.look_inside or model.handed_on:
        return None
    return model.once((path, reader), lambda: _read(model, path, reader))


def _read(model: RepositoryModel, path: str, reader: Callable[[LocalFiles, str], T]) -> T | None:
    try:
        return reader(model.content, f"{model.name}/{path}")
    except OSError:
        return None
