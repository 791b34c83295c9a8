"""Rules on the parameters that the Python backend reads (python_backend, python_be.cc,
ModelState::ModelState; pb_env.cc, ExtractIfNotExtracted), and on the library of a batching strategy (core,
backend_model.cc, TritonModel::Create).
"""

from collections.abc import Iterator

from reconciler.core.model.findings import Severity
from reconciler.triton.backends import PYTHON
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.reading.named_files import Is, Place, find
from reconciler.triton.rules.reading.tensor_list import quoted
from reconciler.triton.rules.rule import Fault, Repository, Rule

CPU_ONLY = "FORCE_CPU_ONLY_INPUT_TENSORS"
ENVIRONMENT = "EXECUTION_ENV_PATH"
STRATEGY = "TRITON_BATCH_STRATEGY_PATH"
MODEL_FOLDER = "$$TRITON_MODEL_DIRECTORY"


def _value(model: RepositoryModel, key: str) -> str | None:
    parameters = model.message.parameters
    return str(parameters[key].string_value) if key in parameters else None


def _cpu_only(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    value = _value(model, CPU_ONLY) if model.backend == PYTHON else None
    if value not in (None, "yes", "no"):
        yield Fault(f"{CPU_ONLY} is {quoted(value)}", 'Write "yes" or "no".', ("parameters", CPU_ONLY))


def _environment(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    value = _value(model, ENVIRONMENT) if model.backend == PYTHON else None
    field = ("parameters", ENVIRONMENT)
    if not value or (value.startswith("/") and MODEL_FOLDER not in value):
        return  # What an image holds is not known.
    if not value.startswith(MODEL_FOLDER):
        what = f"{ENVIRONMENT} is {quoted(value)}, which is looked for where the server runs"
        meant = "$" in value or find(model, repository, value).found is not Is.MISSING
        severity = Severity.ERROR if meant else Severity.WARNING
        yield Fault(
            what, f"Start with {MODEL_FOLDER}/ for a path in the model's folder.", field, severity=severity
        )
        return
    inside = value.removeprefix(MODEL_FOLDER)
    place = find(model, repository, f"../{model.name}{inside}")
    if wrong := _no_environment(place, model, repository, inside):
        advice = "Pack it with conda-pack, and put the archive into the model's folder."
        yield Fault(f"{ENVIRONMENT} names {quoted(inside.lstrip('/'))}, {wrong}", advice, field)


def _no_environment(place: Place, model: RepositoryModel, repository: Repository, inside: str) -> str:
    """Why a place holds no environment; empty where it may hold one. Archives are not unpacked."""
    if place.found is Is.MISSING:
        return "which is not in the model's folder"
    if place.found is Is.FILE and place.size() == 0:
        return "which is empty"
    activate = find(model, repository, f"../{model.name}{inside}/bin/activate")
    if place.found is Is.FOLDER and activate.found in (Is.MISSING, Is.FOLDER):
        return "which has no bin/activate"
    return ""


def _strategy(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    """The path is one of the image, which is not known."""
    if (value := _value(model, STRATEGY)) is None:
        return
    if model.message.HasField("sequence_batching"):
        what = f"{STRATEGY} is set, and a model that takes sequences has no batching strategy"
        yield Fault(what, f"Take {STRATEGY} out.", ("parameters", STRATEGY))
    elif not value:
        yield Fault(f"{STRATEGY} is empty", "Write the path of a library.", ("parameters", STRATEGY))


RULES = (
    Rule("cpu-only-inputs", "python_backend, python_be.cc, ModelState::ModelState", _cpu_only),
    Rule("python-environment", "python_backend, pb_env.cc, ExtractIfNotExtracted", _environment),
    Rule("batch-strategy", "core, backend_model.cc, TritonModel::Create", _strategy),
)
