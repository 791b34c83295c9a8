"""Files that come with the package: inside it when it is installed, beside it in a checkout."""

from importlib.resources import files


def shipped_text(folder: str, name: str) -> str:
    """The text of `templates/NAME` or `schemas/NAME`."""
    package = files("reconciler")
    inside = package / folder
    place = inside if inside.is_dir() else package / ".." / folder
    return (place / name).read_text(encoding="utf-8")
