"""Manifests → specs, or all problems with their places; it must not know the cloud.

Names are imported when they are used: reading one setting must not cost what reading a thousand manifests
does.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.load.discovery import none_words
    from reconciler.load.draft import Draft, resolve
    from reconciler.load.manifests import Loaded, load_manifests, variables_declared
    from reconciler.load.settings import find_root, load_settings
    from reconciler.load.shipped import schema_text, shipped_folder, template_text
    from reconciler.load.variables import Declared

__all__ = [
    "Declared",
    "Draft",
    "Loaded",
    "find_root",
    "load_manifests",
    "load_settings",
    "none_words",
    "resolve",
    "schema_text",
    "shipped_folder",
    "template_text",
    "variables_declared",
]

_HOMES = {
    "Declared": "variables",
    "Draft": "draft",
    "none_words": "discovery",
    "Loaded": "manifests",
    "resolve": "draft",
    "load_manifests": "manifests",
    "variables_declared": "manifests",
    "find_root": "settings",
    "load_settings": "settings",
    "schema_text": "shipped",
    "shipped_folder": "shipped",
    "template_text": "shipped",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
