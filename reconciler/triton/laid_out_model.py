"""One model of a model repository that is being laid out, and everything that can be checked without a
server.

It makes no difference here whether the files come from declared models or from a folder.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.core.model.artifact import ModelTensors, Versions
from reconciler.core.model.findings import Finding, Location
from reconciler.core.model.text import cut
from reconciler.triton.backends import (
    LOOKS_FOR,
    MODEL_FILE,
    backend_of_files,
    backend_of_platform,
    needs_tensors,
)
from reconciler.triton.config_fields import NOWHERE
from reconciler.triton.config_pbtxt import Config
from reconciler.triton.files.portable_names import good_model_name
from reconciler.triton.repository_layout import LayoutFile
from reconciler.triton.version_policy import Specific, narrow, version_number

LONGEST_FAULT = 500
"""Characters of a message about a model. It quotes names, which may be as long as the file."""


@dataclass(frozen=True, slots=True)
class RepositoryModel:
    """`where` is the place of the model, `config_where` that of its configuration, if it has one."""

    name: str
    where: Location
    files: tuple[LayoutFile, ...]
    config: Config | None = None
    config_where: Location = NOWHERE

    @property
    def numbers(self) -> frozenset[int]:
        """The versions that have a folder."""
        numbers = (version_number(parts[1]) for parts in self._parts if len(parts) > 2)
        return frozenset(number for number in numbers if number is not None)

    @property
    def served(self) -> frozenset[int]:
        """The versions that Triton will serve."""
        return narrow((self.config or Config()).policy, self.numbers)

    @property
    def model_files(self) -> frozenset[str]:
        """The names that are directly in a version folder."""
        return frozenset(
            parts[2] for parts in self._parts if len(parts) > 2 and version_number(parts[1]) is not None
        )

    @property
    def _parts(self) -> list[list[str]]:
        return [file.path.split("/") for file in self.files]


def served_by(models: Sequence[RepositoryModel]) -> Versions:
    """The version structure of the whole repository."""
    return frozenset((model.name, number) for model in models for number in model.served)


def tensors_of(models: Sequence[RepositoryModel]) -> ModelTensors:
    """The tensors of those models whose configuration declares them."""
    declared = {model.name: model.config.tensors for model in models if model.config}
    return tuple((name, tensors) for name, tensors in sorted(declared.items()) if tensors is not None)


def check_models(models: Sequence[RepositoryModel], names: Iterable[str]) -> Iterator[Finding]:
    """What Triton would refuse, or skip without a word. `names` are the names of all models, also of those
    that could not be laid out.
    """
    for finding in _check_models(models, names):
        yield replace(
            finding, what=cut(finding.what, LONGEST_FAULT), advice=cut(finding.advice, LONGEST_FAULT)
        )


def _check_models(models: Sequence[RepositoryModel], names: Iterable[str]) -> Iterator[Finding]:
    by_name = {**dict.fromkeys(names), **{model.name: model for model in models}}
    for model in models:
        if not good_model_name(model.name):
            yield Finding(
                model.where,
                f"{model.name!r} cannot be a model's name",
                "Use up to 128 letters, digits, `_`, `-` and `.`, starting with a letter, a digit or `_`.",
            )
            continue
        yield from _check_policy(model)
        if model.config is None:
            yield from _check_without_config(model)
        else:
            yield from _check_config(model, model.config)
            yield from _check_steps(model, model.config, by_name)


def _check_config(model: RepositoryModel, config: Config) -> Iterator[Finding]:
    if config.name and config.name != model.name:
        yield Finding(
            model.config_where,
            f"the configuration is named {config.name!r}, the model {model.name!r}",
            "Give both the same name, or leave `name` out of the configuration.",
        )
    if not (config.backend or config.platform or config.steps or backend_of_files(model.model_files)):
        yield Finding(
            model.config_where,
            f"nothing says which backend runs {model.name!r}",
            "Add `backend` to the configuration.",
        )
    needed = LOOKS_FOR.get(backend_of_platform(config.backend or config.platform), model.model_files)
    if model.numbers and not config.model_file and needed.isdisjoint(model.model_files):
        what = (
            f"no version of {model.name!r} holds {' or '.join(sorted(needed))}, which its backend looks for"
        )
        yield Finding(model.where, what, "Rename the file, or name it in `default_model_filename`.")


def _check_without_config(model: RepositoryModel) -> Iterator[Finding]:
    if not model.numbers:
        return
    if needs_tensors(model.model_files):
        yield Finding(
            model.where,
            f"{model.name!r} has no configuration, and Triton cannot tell its tensors from its files",
            "Add a config.pbtxt, or `config:` fields, with `input` and `output`.",
        )
    elif not backend_of_files(model.model_files):
        known = ", ".join(sorted(MODEL_FILE.values()))
        yield Finding(
            model.where,
            f"{model.name!r} has no configuration, and Triton cannot tell its backend from its files",
            f"Name the backend, or give the model file a name that Triton knows ({known}).",
        )


def _check_policy(model: RepositoryModel) -> Iterator[Finding]:
    where = model.where if model.config is None else model.config_where
    if not model.numbers:
        advice = f"Add a folder {model.name}/1 with the model's files."
        yield Finding(model.where, f"{model.name!r} has no version: no folder named by a number", advice)
    elif not model.served:
        yield Finding(
            where, f"version_policy serves no version of {model.name!r}", "Name a version that exists."
        )
    elif model.config and isinstance(model.config.policy, Specific):
        for number in sorted(model.config.policy.numbers - model.numbers):
            advice = f"Add the folder {model.name}/{number}, or take {number} out of version_policy."
            yield Finding(where, f"version_policy names version {number}, which does not exist", advice)


def _check_steps(
    model: RepositoryModel, config: Config, by_name: Mapping[str, RepositoryModel | None]
) -> Iterator[Finding]:
    if backend_of_platform(config.platform) == "ensemble" and not config.steps:
        yield Finding(
            model.config_where, f"{model.name!r} is an ensemble without steps", "Add ensemble_scheduling."
        )
    for name, number in config.steps:
        if name not in by_name:
            advice = f"Models here are {', '.join(sorted(by_name))}."
            yield Finding(
                model.config_where,
                f"{model.name!r} has a step with {name!r}, which is not a model here",
                advice,
            )
        elif number != -1 and (step := by_name[name]) and number not in step.served:
            advice = "Use -1 for the latest version, or one that is served."
            yield Finding(
                model.config_where,
                f"{model.name!r} has a step with version {number} of {name!r}, not served",
                advice,
            )
