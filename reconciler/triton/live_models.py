"""The models of a model repository that is somewhere else: an artifact in the cloud, however it was made.

What cannot be read is unknown, and an error; unknown is never the same as nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from reconciler.core.model.errors import Failed
from reconciler.core.model.findings import Location
from reconciler.core.model.served.model_folder import ModelFolder
from reconciler.triton.config.values import Config
from reconciler.triton.config_file import CONFIG_FILE, config_paths, read_config
from reconciler.triton.files.port import RepositoryFiles
from reconciler.triton.model_reading import read_model, version_of
from reconciler.triton.version_policy import version_number

BESIDE = "__MACOSX"
"""A folder that the archiver of macOS adds, with no model in it."""

DEEPEST_FOLDER = 32
"""Folders that the models may lie in; somebody else may have made thousands."""

MOST_CONFIGS = 2048
"""Files config.pbtxt of one artifact that are read, each by a request of its own."""

LARGEST_CONFIGS = 8 << 20
"""Bytes of all of them."""

ADVICE = "What it serves is unknown; publish the model repository anew with `downtime: allow`"


def models_in(files: RepositoryFiles) -> tuple[ModelFolder, ...]:
    """The models in an artifact with these files. Raises Failed when nothing in it looks like a model
    repository, or when a configuration cannot be read.

    The models may be in a folder that was packed with them. The service unpacks that folder too, and the
    server is given its path (docs/service.md §4.1).
    """
    paths = files.paths()
    folder = _repository(paths)
    inside: dict[str, list[str]] = {}
    for path in paths:
        if path.startswith(folder):
            name, _, rest = path.removeprefix(folder).partition("/")
            inside.setdefault(name, []).append(rest)
    models = {name: rest for name, rest in sorted(inside.items()) if _has_version(rest)}
    configs = {
        name: [f"{folder}{name}/{path}" for path in config_paths(rest)] for name, rest in models.items()
    }
    _check_sizes(files, [path for of_model in configs.values() for path in of_model])
    read = (_model(name, f"{folder}{name}/", rest, files) for name, rest in models.items())
    return tuple(replace(model, lies_in=folder.rstrip("/")) for model in read)


def member_model(key: str, files: RepositoryFiles) -> ModelFolder:
    """The model of this key in a model group, given the files of this member. Its artifact is the content of
    one model's folder, so its config.pbtxt is at the top. Raises Failed as `models_in` does.
    """
    paths = files.paths()
    if not _has_version(paths):
        raise Failed(f"the live artifact of {key!r} has no version folder at its top. {ADVICE}")
    _check_sizes(files, config_paths(paths))
    return _model(key, "", paths, files)


def _has_version(paths: Collection[str]) -> bool:
    return any(version_of(path) is not None for path in paths)


def _model(name: str, folder: str, paths: Collection[str], files: RepositoryFiles) -> ModelFolder:
    configs = {path: _config(files, folder + path, f"{name}/{path}") for path in config_paths(paths)}
    return read_model(name, folder, configs, paths, files)


def _repository(paths: Sequence[str]) -> str:
    """The folder of the models, with a `/` at its end; empty for the top. A folder with a config.pbtxt is a
    model's, and not that folder.
    """
    folder, inside = "", tuple(paths)
    while (not folder or CONFIG_FILE not in inside) and folder.count("/") < DEEPEST_FOLDER:
        if any(map(_in_version, inside)):
            return folder
        below = {path.partition("/")[0] for path in inside if "/" in path} - {BESIDE}
        if len(below) != 1:
            break
        folder += f"{below.pop()}/"
        inside = tuple(path.removeprefix(folder) for path in paths if path.startswith(folder))
    raise Failed(f"the live artifact has no version folder where Triton looks for one. {ADVICE}")


def _in_version(path: str) -> bool:
    parts = path.split("/", 2)
    return len(parts) > 2 and version_number(parts[1]) is not None


def _check_sizes(files: RepositoryFiles, configs: Collection[str]) -> None:
    """Raise Failed, before anything is read, when reading all configurations would cost too much."""
    try:
        sizes = [files.size(path) for path in configs]
    except OSError as error:
        raise Failed(f"a {CONFIG_FILE} cannot be read: {error.strerror}. {ADVICE}") from error
    if len(sizes) > MOST_CONFIGS:
        raise Failed(f"a live artifact holds more than {MOST_CONFIGS} files named {CONFIG_FILE}. {ADVICE}")
    if sum(sizes) > LARGEST_CONFIGS:
        raise Failed(
            f"all {CONFIG_FILE} of a live artifact are larger than {LARGEST_CONFIGS} bytes. {ADVICE}"
        )


def _config(files: RepositoryFiles, path: str, name: str) -> Config:
    """What a config.pbtxt says; messages call it `name`."""
    config = read_config(files, path, Location(name))
    if isinstance(config, tuple):
        first = config[0]
        line = f", line {first.where.line}" if first.where.line else ""
        raise Failed(f"{name} of a live artifact{line}: {first.what}. {ADVICE}")
    return config
