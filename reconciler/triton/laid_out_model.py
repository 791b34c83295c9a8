"""Models that are laid out → the layout of their model repository: what a server makes of them, and what they
need. Nothing is judged here.
"""

import errno
from collections.abc import Iterable, Sequence
from functools import cache, partial
from pathlib import PurePosixPath

from reconciler.core.model.served.model_folder import ModelFolder
from reconciler.triton.backends import copied_by_instances
from reconciler.triton.config_file import CONFIG_FILE
from reconciler.triton.files.port import RepositoryFiles
from reconciler.triton.model_files.onnx_releases import newer_in
from reconciler.triton.model_reading import read_model
from reconciler.triton.repository_layout import Layout, LayoutFile, ModelNeeds
from reconciler.triton.repository_model import ENSEMBLE, RepositoryModel
from reconciler.triton.rules.model_files.onnx_files import onnx_models


def layout_of(files: Sequence[LayoutFile], models: Iterable[RepositoryModel]) -> Layout:
    """The layout of these models, whose files these are."""
    ordered = sorted(models, key=lambda model: model.name)
    folders = tuple(_folder(model, Unread()) for model in ordered)
    return Layout(tuple(files), folders, needs_of(ordered), cache(partial(_read, ordered)))


def _read(models: Iterable[RepositoryModel]) -> tuple[ModelFolder, ...]:
    """Files that are fetched later are not read, nor those that cannot be: what is in them is unknown."""
    return tuple(_folder(model, model.content) for model in models)


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
    return read_model(model.name, prefix, configs, model.paths, files)


def needs_of(models: Sequence[RepositoryModel]) -> tuple[ModelNeeds, ...]:
    """What each of the models asks of the machine and of the image."""
    return tuple(map(_needs, models))


def _needs(model: RepositoryModel) -> ModelNeeds:
    config, backend = model.settings, model.backend
    if backend == ENSEMBLE:  # It has no instances of its own.
        return ModelNeeds(model.name, agents=config.agents, fields=_newer(model))
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
        _newer(model),
    )


def _newer(model: RepositoryModel) -> tuple[tuple[str, str], ...]:
    """What not every release of Triton knows, in the configuration and in the files."""
    fields = [(f"{name} in its configuration", since) for name, since in model.settings.newer_fields]
    for path, found in onnx_models(model):
        if found.signature:
            fields += [(f"{what} in {path}", since) for what, since in newer_in(found.signature)]
    return tuple(fields)
