"""Rules on a model's version folders and its version policy (server docs, "Model Repository", section "Model
Versions"; "Model Configuration", section "Version Policy").
"""

from collections.abc import Iterator

from reconciler.core.model.served.model_folder import Specific
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.rule import Fault, Repository, Rule
from reconciler.triton.version_policy import looks_like_version, version_number

POLICY = ("version_policy",)


def _no_version(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    if not model.versions:
        advice = f"Add a folder {model.name}/1 with the model's files."
        yield Fault(f"{model.name!r} has no version: no folder named by a number", advice)


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


def _misnamed_version(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for inner in sorted({path.split("/")[0] for path in model.paths if "/" in path}):
        number = version_number(inner)
        if number == 0 or (number is None and looks_like_version(inner)):
            advice = "A version's folder is named by a whole number from 1, without leading zeros; rename it."
            yield Fault(f"{inner!r} is not a version that Triton serves", advice, path=inner)


RULES = (
    Rule("no-version", "core, model_lifecycle.cc, VersionsToLoad", _no_version),
    Rule("nothing-served", "core, model_lifecycle.cc, VersionsToLoad", _nothing_served),
    Rule("absent-version", "core, model_lifecycle.cc, VersionsToLoad", _absent_version),
    Rule("misnamed-version", "core, model_config_utils.cc, GetModelVersionFromPath", _misnamed_version),
)
