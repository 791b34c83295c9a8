"""Text as people read it: cut to a length, and the place of a character as line and column."""

from reconciler.core.model.findings import Location


def cut(text: str, longest: int) -> str:
    """At most so many characters; what was longer ends with an ellipsis."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def location_at(text: str, offset: int, shown: str) -> Location:
    """The place of a character of a text; a line ends with LF, CR or both, as in YAML 1.2."""
    before = text[:offset]
    if "\r" in before:
        before = before.replace("\r\n", "\n").replace("\r", "\n")
    return Location(shown, before.count("\n") + 1, len(before) - before.rfind("\n"))
