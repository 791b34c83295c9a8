"""CONTRIBUTING.md says where things are: the paths exist, and the glossary is what it promises."""

import re

import pytest

from tests.support.workspace import CHECKOUT

PAGE = (CHECKOUT / "CONTRIBUTING.md").read_text()
FOLDERS = ("tests/", "docs/", "schemas/", "templates/", "datascience_emulator/", "scripts/", "README.md")


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(title: str) -> list[str]:
    """The rows of the first table of a section, without its head."""
    return re.findall(r"^\| .* \|$", section(title), re.MULTILINE)[2:]


CHANGES = rows("To change X, touch these files")
PATHS = [
    (path, bool(new))
    for row in CHANGES
    for path, new in re.findall(r"`([\w./-]+\.(?:py|json|md|j2))`( \(new\))?", row)
]


@pytest.mark.parametrize(("path", "new"), PATHS)
def test_a_file_to_touch_exists_unless_it_is_new(path: str, new: bool) -> None:
    place = CHECKOUT / path if path.startswith(FOLDERS) else CHECKOUT / "reconciler" / path
    assert place.exists() is not new


def test_ten_changes_and_more_are_told() -> None:
    assert len(CHANGES) >= 10


def test_the_rooms_exist() -> None:
    rooms = [row.split("`")[1] for row in rows("Where things are")]
    assert rooms
    assert [room for room in rooms if not (CHECKOUT / room).exists()] == []


def test_every_room_of_the_reconciler_is_in_the_table() -> None:
    folders = {f"reconciler/{path.parent.name}" for path in (CHECKOUT / "reconciler").glob("*/__init__.py")}
    told = {"/".join(row.split("`")[1].split("/")[:2]) for row in rows("Where things are")}
    assert folders <= told


def test_the_glossary_has_twenty_words() -> None:
    words = [row.split("|")[1].strip() for row in rows("Words")]
    assert len(words) == 20
    assert len(set(words)) == 20
