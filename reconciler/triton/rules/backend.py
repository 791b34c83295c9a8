"""Rules on which backend runs a model, and which file it looks for."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from reconciler.core.model.text import LONGEST_WORD_SHOWN, cut, nearest
from reconciler.triton.backend_choice import ENSEMBLE, FILES, NEWER_PLATFORMS, PLATFORMS, looked_for
from reconciler.triton.backends import MODEL_FILE, NOT_COMPLETED
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.reading.tensor_list import quoted
from reconciler.triton.rules.rule import Fault, Repository, Rule
from reconciler.triton.version_policy import version_number

_MEANT = {
    "ensemble": "",
    "libtorch": "pytorch",
    "onnx": "onnxruntime",
    "onnx_runtime": "onnxruntime",
    "ort": "onnxruntime",
    "py": "python",
    "tensorrt_llm": "tensorrtllm",
    "tf": "tensorflow",
    "torch": "pytorch",
    "torchscript": "pytorch",
    "trt": "tensorrt",
    "trtllm": "tensorrtllm",
    **PLATFORMS,
}
"""Words that people write for a backend; empty where a `platform` is meant."""

_BACKENDS = frozenset({*MODEL_FILE, "tensorrtllm"})

_OF_PLATFORM = PLATFORMS | NEWER_PLATFORMS

_TYPES = frozenset(PLATFORMS.values())
"""Backends whose platform the server checks."""


def _meant(word: str) -> str | None:
    """The backend that somebody meant; None where nobody knows."""
    small = word.strip().lower()
    return _MEANT.get(small, small if small in _BACKENDS else None)


def _unknown_backend(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    config, choice = model.config, model.chosen
    if config is None or choice.runs or model.message.HasField("ensemble_scheduling"):
        return  # What is wrong with an ensemble, its own rules tell.
    platform = cut(config.platform, LONGEST_WORD_SHOWN)
    if platform:
        meant = _meant(platform) or platform
        near = nearest(platform, [*PLATFORMS, ENSEMBLE])
        advice = near or f'Write `backend: "{meant}"` instead of `platform`.'
    else:
        advice = f"Add `backend` to the configuration.{_only_first(model)}"
    if platform:
        yield Fault(f"Triton knows no platform {platform!r}", advice, ("platform",))
    else:
        yield Fault(f"nothing says which backend runs {model.name!r}", advice, ())


def _mistaken_backend(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    """A backend of one's own may have any name: then its library comes with the model, or is named."""
    backend = model.settings.backend
    library = f"libtriton_{backend}.so"
    own = any(PurePosixPath(path).name == library for path in model.paths)
    if not backend or backend in {*_BACKENDS, ENSEMBLE} or model.settings.runtime or own:
        return
    meant = _meant(backend)
    if meant is not None:
        right = f'`backend: "{meant}"`' if meant else '`platform: "ensemble"`, and no `backend`'
        yield Fault(f"Triton has no backend {backend!r}", f"Write {right}.", ("backend",))
    elif "/" in backend or backend in {".", ".."}:
        yield Fault(f"{quoted(backend)} cannot be a backend", "Write its name.", ("backend",))


def _other_platform(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    choice = model.chosen
    other = choice.backend in _TYPES and _OF_PLATFORM.get(choice.platform) != choice.backend
    if other and choice.platform != ENSEMBLE:
        known = [platform for platform, backend in PLATFORMS.items() if backend == choice.backend]
        needed = " or ".join(f'"{platform}"' for platform in known)
        platform = cut(choice.platform, LONGEST_WORD_SHOWN)
        what = f"backend {choice.backend!r} and platform {platform!r} do not belong together"
        if not platform:
            what = f"backend {choice.backend!r} of {model.name!r} needs a platform"
        yield Fault(what, f"Write `platform: {needed}`.", ("platform",))


def _python_file(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    file = model.chosen.file
    if model.chosen.backend == "python" and not file.endswith(".py"):
        what = f"{quoted(file)} cannot be a Python model: its name does not end with .py"
        advice = "Rename the file, and write its name in `default_model_filename`."
        yield Fault(what, advice, ("default_model_filename",))


def _missing_model_file(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    needed = looked_for(model.chosen, model.settings)
    for number in sorted(model.served) if needed else ():
        if not any(_loads(model, f"{number}/{file}") for file in needed):
            what = f"version {number} of {model.name!r} does not hold {' or '.join(sorted(needed))}"
            advice = _advice_on_file(model, number, needed)
            yield Fault(f"{what}, which its backend looks for", advice, path=str(number))


def _loads(model: RepositoryModel, path: str) -> bool:
    """Whether the backend finds the file, or the folder that it takes instead."""
    is_folder = any(other.startswith(f"{path}/") for other in model.paths)
    if model.chosen.platform == "tensorflow_savedmodel":
        return is_folder
    if model.chosen.backend == "onnxruntime" and is_folder:
        return f"{path}/{MODEL_FILE['onnxruntime']}" in model.paths
    return path in model.paths or (model.chosen.backend == "openvino" and is_folder)


def _advice_on_file(model: RepositoryModel, number: int, needed: frozenset[str]) -> str:
    """By the nearest thing that is there."""
    prefix = f"{number}/"
    names = sorted(path.removeprefix(prefix) for path in model.paths if path.startswith(prefix))
    named = [name for name in names if PurePosixPath(name).name in needed and name not in needed]
    if named:
        return f"It is in the folder {prefix}{PurePosixPath(named[0]).parent}: move it up."
    if not [name for name in names if name]:
        return f"The folder is empty: put the file there, or remove version {number}."
    files = [name for name in names if "/" not in name and name]
    if len(files) == 1:
        return f"Rename {cut(files[0], LONGEST_WORD_SHOWN)}, or name it in `default_model_filename`."
    return "Rename the file, or name it in `default_model_filename`."


def _bare_model(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    if model.config is not None or not model.versions:
        return
    if model.chosen.file in NOT_COMPLETED:
        what = f"{model.name!r} has no configuration, and Triton cannot tell its tensors from its files"
        yield Fault(what, "Add a config.pbtxt, or `config:` fields, with `input` and `output`.")
    elif not model.chosen.runs:
        what = f"{model.name!r} has no configuration, and Triton cannot tell its backend from its files"
        known = ", ".join(sorted(FILES))
        advice = f"Name the backend, or give the model file a name that Triton knows ({known})."
        yield Fault(what, f"{advice}{_only_first(model)}")


def _only_first(model: RepositoryModel) -> str:
    """What to know where the names in the versions do not count."""
    first = model.folders[0] if model.folders else ""
    hidden = first and version_number(first) is None and model.versions
    return f" Triton looks into the folder {quoted(first)} alone." if hidden else ""


_CHOICE = "core, model_config_utils.cc, AutoCompleteBackendFields"
_CHECK = "core, model_config_utils.cc, ValidateModelConfig"

_UNKNOWN = Rule("unknown-backend", _CHOICE, _unknown_backend)
_MISSING = Rule("missing-model-file", 'server docs, "Model Repository", "Model Files"', _missing_model_file)

OF_FILES = (_UNKNOWN, _MISSING)
RULES = (
    _UNKNOWN,
    Rule("mistaken-backend", "core, backend_model.cc, GetBackendRuntimeLibraryName", _mistaken_backend),
    Rule("other-platform", _CHECK, _other_platform),
    Rule("python-file", "python_backend, pb_stub.cc, main", _python_file),
    _MISSING,
    Rule("bare-model", _CHOICE, _bare_model),
)
