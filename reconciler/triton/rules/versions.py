"""Rules on a model's version folders and its version policy (server docs, "Model Repository", section "Model
Versions"; "Model Configuration", section "Version Policy").
"""

from collections.abc import Iterator

from reconciler.core.model.findings import Severity
from reconciler.core.model.served.model_folder import Specific
from reconciler.core.model.text import LONGEST_WORD_SHOWN, cut
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.rule import Fault, Repository, Rule
from reconciler.triton.version_policy import (
    LARGEST_VERSION,
    looks_like_version,
    narrow,
    number_at_start,
    version_number,
)

POLICY = ("version_policy",)
_BY_NUMBER = "A version's folder is named by a whole number from 1, without leading zeros; rename it."


def _no_version(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    if not model.versions and not any(map(_meant, model.folders)):
        what = f"{model.name!r} has no version: no folder named by a number"
        yield Fault(what, _advice_without_version(model))


def _advice_without_version(model: RepositoryModel) -> str:
    if repository := _repository_inside(model):
        return f"Models are further down: name the folder {cut(repository, 200)} instead, or move them up."
    if model.settings.steps:
        return (
            f"Add a folder {model.name}/1 with any file in it, such as .gitkeep: git keeps no empty folder."
        )
    files = [path for path in model.paths if "/" not in path]
    if model.config is None and not [path for path in files if path.startswith("model.")]:
        return "Triton takes every folder for a model: move this one away, or add a version to it."
    return f"Add a folder {model.name}/1 with the model's files."


def _repository_inside(model: RepositoryModel) -> str:
    """The folder in this one that looks like a model repository; empty where there is none."""
    for path in sorted(model.paths, key=lambda path: (path.count("/"), path)):
        folders = path.split("/")[:-1]
        at = next((at for at, name in enumerate(folders) if version_number(name)), 0)
        if path.endswith("/config.pbtxt") and len(folders) > 0:
            at = at or len(folders)
        if at > 0:
            return "/".join((model.name, *folders[: at - 1]))
    return ""


def _nothing_served(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    if model.versions and not model.served:
        yield Fault(
            f"version_policy serves no version of {model.name!r}", "Name a version that exists.", POLICY
        )


def _absent_version(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    policy = model.settings.policy
    if not model.served or not isinstance(policy, Specific):
        return
    for number in sorted(policy.numbers - model.versions.keys()):
        advice = f"Add the folder {model.name}/{number}, or take {number} out of version_policy."
        yield Fault(f"version_policy names version {number}, which does not exist", advice, POLICY)


def _meant(folder: str) -> bool:
    """Whether a version was certainly meant that Triton does not serve."""
    return folder == "0" or (version_number(folder) is None and looks_like_version(folder))


def _misnamed_version(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for folder in filter(_meant, model.folders):
        shown = cut(folder, LONGEST_WORD_SHOWN)
        yield Fault(f"{shown!r} is not a version that Triton serves", _BY_NUMBER, path=folder)


def _taken_for_another(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    """Triton reads the number at the start of a name, and then looks for a folder with that number alone."""
    numbers = {folder: number_at_start(folder) for folder in model.folders}
    found = [number for number in numbers.values() if number is not None]
    served = narrow(model.settings.policy, found)
    for folder, number in numbers.items():
        shown = cut(folder, LONGEST_WORD_SHOWN)
        if number is None or folder == str(number) == str(version_number(folder)) or _meant(folder):
            continue
        if abs(number) > LARGEST_VERSION:
            what = f"{shown!r} starts with a number that is too large for Triton, which ends then"
            yield Fault(what, _RENAME, path=folder)
        elif number in served and number not in model.versions:
            what = f"Triton takes {shown!r} for version {number}, whose folder does not exist"
            yield Fault(what, _RENAME, path=folder)
        else:
            what = f"{shown!r} is not served: it is no version"
            yield Fault(what, "Move it away if nobody needs it.", path=folder, severity=Severity.WARNING)


_RENAME = "Rename it, so that it does not start with a number, or move it away."


def _file_as_version(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for path in sorted(model.paths):
        if "/" not in path and version_number(path) is not None:
            what = f"{path!r} is a file, and no version: a version is a folder"
            advice = "Put the model's file into a folder of that name."
            yield Fault(what, advice, path=path, severity=Severity.WARNING)


_LOADS = "core, model_lifecycle.cc, VersionsToLoad"

RULES = (
    Rule("no-version", _LOADS, _no_version),
    Rule("nothing-served", _LOADS, _nothing_served),
    Rule("absent-version", _LOADS, _absent_version),
    Rule("misnamed-version", _LOADS, _misnamed_version),
    Rule("taken-for-another-version", _LOADS, _taken_for_another),
    Rule("file-as-version", _LOADS, _file_as_version),
)
