"""What Triton serves from a model repository that is somewhere else: an artifact in the cloud, however it was
made.

What cannot be read is unknown, and an error; unknown is never the same as nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from reconciler.core.model.artifact import Structure
from reconciler.core.model.errors import Failed
from reconciler.core.model.findings import Finding, Location
from reconciler.triton.config_file import CONFIG_FILE, read_config
from reconciler.triton.config_pbtxt import Config
from reconciler.triton.files.port import RepositoryFiles
from reconciler.triton.version_policy import narrow, version_number

BESIDE = "__MACOSX"
"""A folder that the archiver of macOS adds, with no model in it."""

DEEPEST_FOLDER = 32
"""Folders that the models may lie in; somebody else may have made thousands."""

MOST_CONFIGS = 2048
"""Files config.pbtxt of one artifact that are read, each by a request of its own."""

LARGEST_CONFIGS = 8 << 20
"""Bytes of all of them."""

MEMBERS_AT_ONCE = 8
"""Members of a model group that are read at the same time."""

ADVICE = "What it serves is unknown; publish the model repository anew with `downtime: allow`"


def structure_served(files: RepositoryFiles) -> Structure:
    """What Triton serves from an artifact with these files. Raises Failed when nothing in it looks like a
    model repository, or when a configuration cannot be read.

    The models may be in a folder that was packed with them. The service unpacks that folder too, and the
    server is given its path (docs/service.md §4.1).
    """
    paths = files.paths()
    folder = _repository(paths)
    numbers: dict[str, set[int]] = {}
    for path in paths:
        inside = path.removeprefix(folder)
        if path.startswith(folder) and _in_version(inside):
            name, number, _ = inside.split("/", 2)
            numbers.setdefault(name, set()).add(int(number))
    configs = {name: f"{folder}{name}/{CONFIG_FILE}" for name in sorted(numbers)}
    there = set(configs.values()).intersection(paths)
    _check_sizes(files, there)
    return _joined(
        _of_model(name, numbers[name], _config(files, path, path) if path in there else Config())
        for name, path in configs.items()
    )


def structure_of_group(members: Mapping[str, RepositoryFiles]) -> Structure:
    """What Triton serves of a model group, given the files of each member by its key. A member is the content
    of one model's folder, so its config.pbtxt is at the top. Raises Failed as `structure_served` does.
    """
    with ThreadPoolExecutor(MEMBERS_AT_ONCE) as pool:
        return _joined(pool.map(_member, members.keys(), members.values()))


def _member(key: str, files: RepositoryFiles) -> Structure:
    paths = files.paths()
    folders = {path.partition("/")[0] for path in paths if "/" in path}
    numbers = {number for folder in folders if (number := version_number(folder)) is not None}
    if not numbers:
        raise Failed(f"the live artifact of {key!r} has no version folder at its top. {ADVICE}")
    there = CONFIG_FILE in paths
    return _of_model(key, numbers, _config(files, CONFIG_FILE, f"{key}/{CONFIG_FILE}") if there else Config())


def _of_model(name: str, numbers: set[int], config: Config) -> Structure:
    versions = frozenset((name, number) for number in narrow(config.policy, numbers))
    return Structure(versions, ((name, config.tensors),) if config.tensors else ())


def _joined(structures: Iterable[Structure]) -> Structure:
    every = list(structures)
    versions = frozenset(version for structure in every for version in structure.versions)
    return Structure(versions, tuple(sorted(item for structure in every for item in structure.tensors)))


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


def _check_sizes(files: RepositoryFiles, configs: Iterable[str]) -> None:
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
    if isinstance(config, Finding):
        line = f", line {config.where.line}" if config.where.line else ""
        raise Failed(f"{name} of a live artifact{line}: {config.what}. {ADVICE}")
    return config
