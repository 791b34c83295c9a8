"""One model of a model repository that is being laid out, and everything that can be checked without a
server.

It makes no difference here whether the files come from declared models or from a folder.
"""

import errno
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import PurePosixPath

from reconciler.core.model.findings import Finding, Location
from reconciler.core.model.served.model_folder import ModelFolder, Specific
from reconciler.core.model.text import cut
from reconciler.triton.backends import (
    LOOKS_FOR,
    MODEL_FILE,
    backend_of_files,
    backend_of_platform,
    copied_by_instances,
    needs_tensors,
)
from reconciler.triton.config_fields import NOWHERE
from reconciler.triton.config_file import CONFIG_FILE
from reconciler.triton.config_pbtxt import Config
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.files.port import RepositoryFiles
from reconciler.triton.files.portable_names import good_model_name
from reconciler.triton.model_reading import read_model
from reconciler.triton.repository_layout import Layout, LayoutFile, ModelNeeds
from reconciler.triton.version_policy import narrow, version_number

ENSEMBLE = "ensemble"

LONGEST_FAULT = 500
"""Characters of a message about a model. It quotes names, which may be as long as the file."""


@dataclass(frozen=True, slots=True)
class RepositoryModel:
    """`where` is the place of the model, `config_where` that of its configuration, if it has one. `variants`
    are its other configurations, by their paths in its folder.
    """

    name: str
    where: Location
    files: tuple[LayoutFile, ...]
    config: Config | None = None
    config_where: Location = NOWHERE
    variants: Mapping[str, Config] = field(default_factory=dict)

    @property
    def versions(self) -> Mapping[int, frozenset[str]]:
        """The versions that have a folder, and the names that are directly in it."""
        names: dict[int, set[str]] = {}
        for parts in (file.path.split("/") for file in self.files):
            number = version_number(parts[1]) if len(parts) > 2 else None
            if number is not None:
                names.setdefault(number, set()).add(parts[2])
        return {number: frozenset(names[number]) for number in names}

    @property
    def served(self) -> frozenset[int]:
        """The versions that Triton will serve."""
        return narrow((self.config or Config()).policy, self.versions)

    @property
    def model_files(self) -> frozenset[str]:
        """The names that are directly in any version folder."""
        return frozenset().union(*self.versions.values())

    @property
    def backend(self) -> str:
        """What runs it; empty where nobody can tell."""
        config = self.config or Config()
        if config.steps:
            return ENSEMBLE
        named = backend_of_platform(config.backend or config.platform)
        return named or backend_of_files(self.model_files) or ""


def layout_of(files: Sequence[LayoutFile], models: Iterable[RepositoryModel]) -> Layout:
    """The layout of these models, whose files these are."""
    ordered = sorted(models, key=lambda model: model.name)
    folders = tuple(_folder(model, Unread()) for model in ordered)
    return Layout(tuple(files), folders, needs_of(ordered), cache(partial(_read, ordered)))


def _read(models: Iterable[RepositoryModel]) -> tuple[ModelFolder, ...]:
    """Files that are fetched later are not read, nor those that cannot be: what is in them is unknown."""
    return tuple(
        _folder(model, LocalFiles({file.path: file.source for file in model.files})) for model in models
    )


class Unread:
    """Files that nobody looks into."""

    def paths(self) -> Sequence[str]:
        return ()

    def size(self, path: str) -> int:
        raise OSError(errno.ENODATA, "not looked into", path)

    def read(self, path: str, offset: int, length: int) -> bytes:
        raise OSError(errno.ENODATA, "not looked into", path)


def _folder(model: RepositoryModel, files: RepositoryFiles) -> ModelFolder:
    prefix = f"{model.name}/"
    configs = dict(model.variants) if model.config is None else {**model.variants, CONFIG_FILE: model.config}
    paths = [file.path.removeprefix(prefix) for file in model.files]
    return read_model(model.name, prefix, configs, paths, files)


def needs_of(models: Sequence[RepositoryModel]) -> tuple[ModelNeeds, ...]:
    """What each of the models asks of the machine and of the image."""
    return tuple(map(_needs, models))


def _needs(model: RepositoryModel) -> ModelNeeds:
    config, backend = model.config or Config(), model.backend
    if backend == ENSEMBLE:  # It has no instances of its own.
        return ModelNeeds(model.name, agents=config.agents, fields=config.newer_fields)
    # A library in the model's own folder is found before those of the image.
    library = config.runtime or f"libtriton_{backend}.so"
    own = any(PurePosixPath(file.path).name == library for file in model.files)
    folders = {f"{model.name}/{number}" for number in model.served}
    loaded = [file for file in model.files if "/".join(file.path.split("/")[:2]) in folders]
    return ModelNeeds(
        model.name,
        "" if own else backend,
        config.groups,
        config.agents,
        sum(file.size or 0 for file in loaded),
        copied_by_instances(backend, dict(config.parameters)),
        config.newer_fields,
    )


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
        yield from _check_version_files(model)
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


def _check_version_files(model: RepositoryModel) -> Iterator[Finding]:
    config, backend = model.config or Config(), model.backend
    needed = LOOKS_FOR.get(backend, frozenset())
    if config.model_file and backend in MODEL_FILE:
        needed = frozenset(PurePosixPath(config.model_file).parts[:1])  # it may be in a folder
    names = model.versions
    for number in sorted(model.served) if needed else ():
        if needed.isdisjoint(names[number]):
            what = f"version {number} of {model.name!r} does not hold {' or '.join(sorted(needed))}"
            advice = "Rename the file, or name it in `default_model_filename`."
            yield Finding(model.where, f"{what}, which its backend looks for", advice)


def _check_without_config(model: RepositoryModel) -> Iterator[Finding]:
    if not model.versions:
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
    if not model.versions:
        advice = f"Add a folder {model.name}/1 with the model's files."
        yield Finding(model.where, f"{model.name!r} has no version: no folder named by a number", advice)
    elif not model.served:
        yield Finding(
            where, f"version_policy serves no version of {model.name!r}", "Name a version that exists."
        )
    elif model.config and isinstance(model.config.policy, Specific):
        for number in sorted(model.config.policy.numbers - model.versions.keys()):
            advice = f"Add the folder {model.name}/{number}, or take {number} out of version_policy."
            yield Finding(where, f"version_policy names version {number}, which does not exist", advice)


def _check_steps(
    model: RepositoryModel, config: Config, by_name: Mapping[str, RepositoryModel | None]
) -> Iterator[Finding]:
    if backend_of_platform(config.platform) == ENSEMBLE and not config.steps:
        yield Finding(
            model.config_where, f"{model.name!r} is an ensemble without steps", "Add ensemble_scheduling."
        )
    if model.name in _reached(config, by_name):
        what = f"the steps of {model.name!r} lead back to it, and Triton refuses such a circle"
        yield Finding(model.config_where, what, "Take out the step that closes the circle.")
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
    yield from _check_batches(model, config, by_name)


def _check_batches(
    model: RepositoryModel, config: Config, by_name: Mapping[str, RepositoryModel | None]
) -> Iterator[Finding]:
    """A step that names no largest batch may get one when it is loaded."""
    whole = config.contract.max_batch
    for name in sorted({name for name, _ in config.steps}):
        step = by_name.get(name)
        most = step.config.contract.max_batch if step and step.config else 0
        if 0 < most < whole:
            what = f"{model.name!r} takes batches of {whole}, and its step {name!r} of {most} at most"
            advice = (
                f"Triton does not load it so: lower its max_batch_size to {most}, or raise that of {name!r}."
            )
            yield Finding(model.config_where, what, advice)


def _reached(config: Config, by_name: Mapping[str, RepositoryModel | None]) -> set[str]:
    """The models that an ensemble calls, directly or by ensembles among its steps."""
    reached: set[str] = set()
    following = [config]
    while following:
        for name, _ in following.pop().steps:
            model = by_name.get(name)
            if name not in reached and model and model.config:
                following.append(model.config)
            reached.add(name)
    return reached
