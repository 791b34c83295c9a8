"""What the fields of a declaration say about themselves beside their Python types: notes for `Annotated`.

`schema.forms` reads them; messages and JSON Schemas show them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doc:
    """What a field is for; editors show it, and messages about a missing field do."""

    text: str
    examples: tuple[str | int | float, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """The name in YAML, where it is not the Python name in camelCase."""

    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """Limits of a text. `pattern` must be anchored, `what` says it in words, `why` explains the limits in
    messages.
    """

    pattern: str = ""
    what: str = "text"
    longest: int | None = None
    why: str = ""


ANY_TEXT = Text()


@dataclass(frozen=True, slots=True)
class Between:
    """Limits of a number, both included."""

    low: float | None = None
    high: float | None = None


ANY_NUMBER = Between()


@dataclass(frozen=True, slots=True)
class Count:
    """How many entries a list or a mapping may have; `why` explains the limits in messages."""

    least: int = 0
    most: int | None = None
    why: str = ""


ANY_COUNT = Count()


@dataclass(frozen=True, slots=True)
class Keys:
    """Limits of the keys of a mapping."""

    text: Text


@dataclass(frozen=True, slots=True)
class OneOf:
    """Of these fields at least one must be given, or exactly one."""

    names: tuple[str, ...]
    exactly: bool
