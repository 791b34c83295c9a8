"""Rules on `runtime`, the library that a backend is (core, backend_model.cc, GetBackendLibraryProperties). It
is looked for in the version's folder, the model's folder and the folder of the backend.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from reconciler.triton.backends import MODEL_FILE, PYTHON
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.reading.named_files import Is, find
from reconciler.triton.rules.reading.tensor_list import quoted
from reconciler.triton.rules.rule import Fault, Repository, Rule

LIBRARIES = frozenset({"onnxruntime", "openvino", PYTHON, "tensorflow", "tensorrt"})
"""Backends that are a library alone in NVIDIA's images. pytorch has a model.py beside its library."""


def _runtime(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    runtime, backend = model.settings.runtime, model.backend
    library = f"libtriton_{backend}.so"
    if not runtime or backend not in {*LIBRARIES, "pytorch"} or PurePosixPath(runtime).name == library:
        return
    if runtime == MODEL_FILE[PYTHON]:
        if backend in LIBRARIES:
            what = f"the backend {backend} is a library, and runtime is {quoted(runtime)}"
            yield Fault(what, f"Leave `runtime` out, or write {library}.", ("runtime",))
        return
    folders = [*(f"{number}/" for number in sorted(model.served)), ""]
    places = [find(model, repository, f"{folder}{runtime}") for folder in folders]
    if ".." in runtime.split("/"):
        yield Fault(
            f"runtime is {quoted(runtime)}, which leads out of its folder", "Name a file.", ("runtime",)
        )
    elif all(place.found is Is.MISSING for place in places):
        what = f"runtime is {quoted(runtime)}, which is neither in the model's folder nor a part of {backend}"
        yield Fault(what, f"Leave `runtime` out, or write {library}.", ("runtime",))


RULES = (Rule("runtime", "core, backend_model.cc, TritonModel::GetBackendLibraryProperties", _runtime),)
