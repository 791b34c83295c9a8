"""Rules on folders in the place of a model file."""

from collections.abc import Iterator

from reconciler.triton.backends import MODEL_FILE, ONNXRUNTIME, PYTHON, PYTORCH
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.reading.model_files import places_of_model
from reconciler.triton.rules.rule import Fault, Repository, Rule

_INSIDE = {ONNXRUNTIME: MODEL_FILE[ONNXRUNTIME], PYTORCH: "", PYTHON: ""}
"""What backends open in a folder that has the name of the model file; nothing where they cannot."""


def _folder_for_file(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    """A folder that has the name of the model file; onnxruntime looks into it."""
    inside = _INSIDE.get(model.backend)
    if inside is None:
        return
    for _number, path in places_of_model(model, model.backend):
        if f"{path}/{inside}" not in model.paths and any(told.startswith(f"{path}/") for told in model.paths):
            other = f", in which there is no {inside}" if inside else ", and not the model file"
            yield Fault(f"is a folder{other}", "Put the file in its place.", path=path)


RULES = (
    Rule(
        "folder-for-file",
        "onnxruntime_backend, onnxruntime.cc, ModelState::LoadModel; pytorch_backend, libtorch.cc, "
        "ModelState::LoadModel",
        _folder_for_file,
    ),
)
