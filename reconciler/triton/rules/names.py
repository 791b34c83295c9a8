"""Rules on the names of models."""

from collections.abc import Iterator

from reconciler.triton.files.portable_names import good_model_name
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.rule import Fault, Repository, Rule


def _name_of_folder(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    if not good_model_name(model.name) or (model.name in _OF_OTHERS and not model.versions):
        what = f"{model.name!r} cannot be a model's name"
        yield Fault(what, _REMOVE if model.name.startswith(".") or model.name in _OF_OTHERS else _LETTERS)


_LETTERS = "Use up to 128 letters, digits, `_`, `-` and `.`, starting with a letter, a digit or `_`."
_REMOVE = "Triton takes every folder for a model, hidden ones too: remove it."
_OF_OTHERS = frozenset({"__MACOSX", "lost+found"})
"""Folders that programs leave behind."""


def _name_of_configuration(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    if model.settings.name and model.settings.name != model.name:
        yield Fault(
            f"the configuration is named {model.settings.name!r}, the model {model.name!r}",
            "Give both the same name, or leave `name` out of the configuration.",
            field=("name",),
        )


NAME_OF_FOLDER = Rule("name-of-folder", "ours: names that every file system and URL takes", _name_of_folder)
"""A model without a good name is judged by no other rule."""

RULES = (
    Rule(
        "name-of-configuration",
        "core, model_repository_manager.cc, ModelRepositoryManager::InitializeModelInfo",
        _name_of_configuration,
    ),
)
