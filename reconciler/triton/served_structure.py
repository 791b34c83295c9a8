"""The structure of a repository that is known by its listing only: an artifact in the cloud, however it was
made.

What cannot be read is unknown, and an error; unknown is never the same as nothing.
"""

from collections.abc import Iterable, Mapping

from reconciler.core.model.artifact import Structure, Versions
from reconciler.core.model.errors import Failed
from reconciler.triton.config_fields import BadConfig
from reconciler.triton.config_pbtxt import Config, parse_config
from reconciler.triton.repository_model import CONFIG_FILE
from reconciler.triton.version_policy import narrow, version_number

Listing = tuple[Iterable[str], Mapping[str, str]]
"""The paths in an archive, and the texts of its config.pbtxt files by the folder that each is in ("" at the
top).
"""

BESIDE = "__MACOSX"
"""A folder that the Mac's own archiver adds, with no model in it."""

DEEPEST = 32
"""Folders that the models may lie in; somebody else may have made thousands."""

ADVICE = "What it serves is unknown; publish the model repository anew with `downtime: allow`"


def structure_served(paths: Iterable[str], configs: Mapping[str, str]) -> Structure:
    """What Triton serves from an artifact with these members, given the config.pbtxt texts by their folders.

    The models may lie in one folder that was packed with them: where they do, the service unpacks that folder
    too, and the server is told its path (docs/service.md §4.1). Raises Failed when nothing in it looks like a
    model repository, or a configuration cannot be read.
    """
    listed = tuple(paths)
    return _structure(listed, configs, _repository(listed))


def structure_of_group(listings: Mapping[str, Listing]) -> Structure:
    """What Triton serves of a model group, given each member's listing by its key: the content of one model's
    folder, and so that of a config.pbtxt at the top. Raises Failed as `structure_served` does.
    """
    found = [_member(key, *listing) for key, listing in listings.items()]
    versions: Versions = frozenset(item for structure in found for item in structure.versions)
    return Structure(versions, tuple(sorted(item for structure in found for item in structure.tensors)))


def _member(key: str, paths: Iterable[str], configs: Mapping[str, str]) -> Structure:
    inside = tuple(f"{key}/{path}" for path in paths)
    if not any(map(_in_version, inside)):
        raise Failed(f"the live artifact of {key!r} has no version folder at its top. {ADVICE}")
    return _structure(inside, {key: configs[""]} if "" in configs else {}, "")


def _repository(paths: tuple[str, ...]) -> str:
    """The folder of the models, with a `/` at its end; the top is nothing. One with a config.pbtxt is a
    model's.
    """
    folder, inside = "", paths
    while (not folder or CONFIG_FILE not in inside) and folder.count("/") < DEEPEST:
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


def _structure(paths: tuple[str, ...], configs: Mapping[str, str], folder: str) -> Structure:
    inside = [path.removeprefix(folder) for path in paths if path.startswith(folder)]
    found: dict[str, set[int]] = {}
    for parts in (path.split("/") for path in inside if _in_version(path)):
        found.setdefault(parts[0], set()).add(int(parts[1]))
    read = {name: _config(f"{folder}{name}", paths, configs) for name in sorted(found)}
    versions = frozenset(
        (name, number) for name, config in read.items() for number in narrow(config.policy, found[name])
    )
    return Structure(
        versions, tuple((name, config.tensors) for name, config in read.items() if config.tensors)
    )


def _config(folder: str, paths: tuple[str, ...], configs: Mapping[str, str]) -> Config:
    path = f"{folder}/{CONFIG_FILE}"
    text = configs.get(folder)
    if text is None and path in paths:
        raise Failed(f"{path} of a live artifact was not read. {ADVICE}")
    config = parse_config(text) if text else Config()
    if isinstance(config, BadConfig):
        raise Failed(f"{path} of a live artifact, line {config.line}: {config.what}. {ADVICE}")
    return config
