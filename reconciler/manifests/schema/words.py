"""Shapes and values in words for people: the vocabulary of the messages. It decides nothing."""

import math
import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import assert_never

from reconciler.core.model.text import cut
from reconciler.core.privacy.credentials import is_credential
from reconciler.manifests.schema.shapes import (
    BoolShape,
    ChoiceShape,
    FreeShape,
    ListShape,
    MapShape,
    NumberShape,
    Shape,
    TableShape,
    TextShape,
    UnionShape,
)
from reconciler.manifests.yaml.tree import Listing, Node, Scalar, Table

LONGEST_SHOWN = 60


def nearest(word: str, known: Sequence[str]) -> str:
    """`Did you mean …?`, or nothing when no known word is near."""
    lower = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), lower, n=1, cutoff=0.7)
    return f"Did you mean '{lower[close[0]]}'?" if close else ""


def shown(node: Node) -> str:
    """A value as messages show it; never one that looks like a credential."""
    if not isinstance(node, Scalar) or node.value is None:
        return kind_of(node)
    if node.secret is not None:
        return f"what {node.secret.reference} holds"
    if isinstance(node.value, bool):
        return str(node.value).lower()
    if not isinstance(node.value, str):
        return str(node.value)
    return "(hidden: it looks like a secret)" if is_credential(node.value) else f"'{short(node.value)}'"


def short(text: str) -> str:
    """A text on one line, cut where it would fill the screen."""
    flat = " ".join(text.split()) if text.strip() else text
    return cut(flat, LONGEST_SHOWN)


def kind_of(node: Node) -> str:
    """What kind of thing a value is."""
    match node:
        case Table():
            return "a mapping"
        case Listing():
            return "a list"
        case Scalar(value=None):
            return "nothing"
        case Scalar(value=bool()):
            return "true or false"
        case Scalar(value=int()):
            return "a whole number"
        case Scalar(value=float(number)):
            return "a number with a fraction" if math.isfinite(number) else "an infinite number"
        case Scalar():
            return "text"


def wanted(shape: Shape) -> str:
    """What kind of thing a shape asks for."""
    match shape:
        case TextShape():
            return shape.limits.what
        case ChoiceShape():
            return listed(shape.words)
        case NumberShape():
            return "a whole number" if shape.whole else "a number"
        case BoolShape():
            return "true or false"
        case ListShape():
            return "a list"
        case MapShape() | FreeShape() | TableShape():
            return "a mapping"
        case UnionShape():
            return listed(list(dict.fromkeys(wanted(option) for option in shape.options)))
        case _:
            assert_never(shape)


def span(shape: NumberShape) -> str:
    """The limits of a number."""
    limits = shape.limits
    if limits.low is not None and limits.high is not None:
        return f"between {limits.low} and {limits.high}"
    return f"at least {limits.low}" if limits.low is not None else f"at most {limits.high}"


def listed(words: Sequence[str]) -> str:
    """`a, b or c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} or {words[-1]}"


def kind_advice(node: Node, shape: Shape) -> str:
    """How to turn the kind of value that stands there into the one that is wanted, where that is easy."""
    if isinstance(shape, TextShape) and isinstance(node, Scalar):
        return "Put quotes around it; in a template add `| string`."
    if isinstance(shape, NumberShape) and isinstance(node, Scalar) and isinstance(node.value, str):
        return "Remove the quotes; in a template add `| int`." if _numeric(node.value) else ""
    if isinstance(shape, ListShape) and isinstance(node, Scalar):
        return "Write it as a list: [a, b]."
    return ""


def _numeric(text: str) -> bool:
    return re.fullmatch(r"\s*-?[0-9]+(\.[0-9]+)?\s*", text) is not None


def count_fault(count: int, least: int, most: int | None, noun: str) -> str:
    """How many there must be, or nothing when the number is right."""
    if count < least:
        return f"at least {least} {'entry' if least == 1 else noun}"
    return f"at most {most} {noun}" if most is not None and count > most else ""
