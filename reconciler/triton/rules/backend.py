"""Rules on which backend runs a model, and which file it looks for (core, model_config_utils.cc,
AutoCompleteBackendFields; server docs, "Model Repository", "Model Files").
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from reconciler.triton.backends import LOOKS_FOR, MODEL_FILE, backend_of_files, needs_tensors
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.rule import Fault, Repository, Rule


def _unknown_backend(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    config = model.config
    if config is None or config.backend or config.platform or config.steps:
        return
    if not backend_of_files(model.model_files):
        what = f"nothing says which backend runs {model.name!r}"
        yield Fault(what, "Add `backend` to the configuration.", field=())


def _missing_model_file(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    needed = LOOKS_FOR.get(model.backend, frozenset())
    if model.settings.model_file and model.backend in MODEL_FILE:
        needed = frozenset(PurePosixPath(model.settings.model_file).parts[:1])  # it may be in a folder
    for number in sorted(model.served) if needed else ():
        if needed.isdisjoint(model.versions[number]):
            what = f"version {number} of {model.name!r} does not hold {' or '.join(sorted(needed))}"
            advice = "Rename the file, or name it in `default_model_filename`."
            yield Fault(f"{what}, which its backend looks for", advice)


def _bare_model(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    if model.config is not None or not model.versions:
        return
    if needs_tensors(model.model_files):
        what = f"{model.name!r} has no configuration, and Triton cannot tell its tensors from its files"
        yield Fault(what, "Add a config.pbtxt, or `config:` fields, with `input` and `output`.")
    elif not backend_of_files(model.model_files):
        known = ", ".join(sorted(MODEL_FILE.values()))
        what = f"{model.name!r} has no configuration, and Triton cannot tell its backend from its files"
        yield Fault(what, f"Name the backend, or give the model file a name that Triton knows ({known}).")


RULES = (
    Rule("unknown-backend", "core, model_config_utils.cc, AutoCompleteBackendFields", _unknown_backend),
    Rule("missing-model-file", 'server docs, "Model Repository", "Model Files"', _missing_model_file),
    Rule("bare-model", "core, model_config_utils.cc, AutoCompleteBackendFields", _bare_model),
)
