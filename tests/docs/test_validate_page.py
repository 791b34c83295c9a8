"""docs/validate.md has every rule of the table, each with what it says of a case of the corpus.
UPDATE_GOLDEN=1 writes it.
"""

import os
import re
from collections.abc import Iterator, Mapping
from importlib import import_module

from reconciler.triton.rules.rule import Fault
from tests.corpus.told import ALL_RULES, told
from tests.support.workspace import CHECKOUT

PAGE = CHECKOUT / "docs" / "validate.md"
BEGIN = "<!-- The rules, written by tests/docs/test_validate_page.py -->\n"
LONGEST = 220


def test_the_page_has_every_rule() -> None:
    by_hand, begin, _ = PAGE.read_text().partition(BEGIN)
    assert begin
    page = by_hand + begin + "".join(f"{line}\n" for line in table(told()))
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(page)
    assert PAGE.read_text() == page


def table(said: Mapping[str, Fault]) -> Iterator[str]:
    section = ""
    for rule in ALL_RULES:
        module = import_module(rule.check.__module__)
        if section != module.__name__:
            section = module.__name__
            yield from (
                "",
                f"## {title_of(module.__doc__ or '')}",
                "",
                "| rule | it says, for example | source |",
                "| --- | --- | --- |",
            )
        fault = said[rule.name]
        word = "" if fault.severity == "error" else f"{fault.severity}: "
        yield f"| `{rule.name}` | {word}{plain(fault.what)} | {plain(rule.source)} |"


def title_of(docstring: str) -> str:
    """The first sentence, up to what it has in brackets or behind a colon."""
    sentence = re.split(r" \(|: |\.\s|\.$", " ".join(docstring.split()))[0]
    title = sentence.removeprefix("Rules on ")
    return f"{title[:1].upper()}{title[1:]}"


def plain(text: str) -> str:
    """As one cell."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return " ".join(cut.split()).replace("|", "\\|").replace("<", "&lt;")
