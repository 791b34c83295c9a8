"""The files that come with the package: JSON Schemas and templates.

When the package is installed they are inside of it, in a checkout they are beside it.
"""

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def schema_text(name: str) -> str:
    """A JSON Schema, for example `model-deployment.v1.json`."""
    return (shipped_folder("schemas") / name).read_text(encoding="utf-8")


def template_text(name: str) -> str:
    """A template, by its path below `templates/`."""
    return (shipped_folder("templates") / name).read_text(encoding="utf-8")


@cache
def shipped_folder(name: str) -> Path:
    """Where `schemas` or `templates` are."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
