"""Single values for people: short digests, numbers without needless decimals, secrets by their reference;
and commands to copy.
"""

import json
import re
import shlex
from collections.abc import Iterable

from reconciler.core.model.configuration import Json
from reconciler.core.model.served.structure import ModelVersion
from reconciler.core.model.target import LOCAL
from reconciler.report.style import clean

LONGEST = 200
"""Characters of one value that are shown. The JSON form of a plan has all of it."""

_DIGEST = re.compile(r"(?<![0-9a-f])(?:sha256:)?[0-9a-f]{64}(?![0-9a-f])")
_SHORT = len("sha256:") + 12
_PLAIN_WORD = re.compile(r"\S+")


def value_words(value: Json) -> str:
    """An old or new value of a change, on one line."""
    match value:
        case None:
            return "(none)"
        case {"secret": reference}:
            return f"(sensitive, from {clean(str(reference))})"
        case str() if _PLAIN_WORD.fullmatch(value) or value == "(not shown)":
            return one_line(value)
        case _:
            return one_line(json.dumps(_tidy(value), ensure_ascii=False))


def command(verb: str, target: str, *words: str) -> str:
    """A command for this target, for a person to copy."""
    of_target = [] if target == LOCAL else ["-t", target]
    return clean(shlex.join(["reconcile", verb, *of_target, *words]))


LONGEST_CELL = 33


def short_value(value: Json) -> str:
    """The value, for a cell of a table. A long one is cut in the middle: images, OCIDs and commands mostly
    differ at their ends.
    """
    text = value_words(value)
    if len(text) <= LONGEST_CELL:
        return text
    half = (LONGEST_CELL - 1) // 2
    return f"{text[:half]}…{text[-half:]}"


def short_digests(text: str) -> str:
    """The text, with every SHA-256 digest cut to its first digits."""
    return _DIGEST.sub(_short_digest, text)


def _short_digest(match: re.Match[str]) -> str:
    digest = match.group()
    return digest[:_SHORT] if digest.startswith("sha256:") else digest[:12]


def one_line(text: str, longest: int = LONGEST) -> str:
    """The text with short digests, and nothing invisible. Of a long one no more is looked at than can be
    shown, so that a value costs nothing by its length.
    """
    looked_at = 4 * longest
    shown = short_digests(clean(text[:looked_at]))
    if len(text) <= looked_at:
        return shorten(shown, longest)
    return f"{shown[:longest]}… ({len(text):,} characters)"


def shorten(text: str, longest: int = LONGEST) -> str:
    """The text. A long one is cut, and says how many characters it had."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"


def _tidy(value: Json) -> Json:
    match value:
        case float() if value.is_integer():
            return int(value)
        case list():
            return [_tidy(item) for item in value]
        case dict():
            return {key: _tidy(item) for key, item in value.items()}
        case _:
            return value


def number_words(number: float) -> str:
    """A number without needless decimals."""
    return f"{number:g}"


def size_words(size: float) -> str:
    """A number of bytes in decimal units."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} GB"


def duration_words(seconds: float) -> str:
    """Such as `12 s`, `3 min 5 s` or `1 h 2 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


WIDEST = 80


def table_lines(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows with aligned columns. A cell longer than `WIDEST` moves only the rest of its own row."""
    if not rows:
        return []
    widths = [min(WIDEST, max(len(cell) for cell in column)) for column in zip(*rows, strict=True)]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    return ["  ".join(row).rstrip() for row in padded]


def versions_by_model(versions: Iterable[ModelVersion]) -> dict[str, list[int]]:
    """The versions of each model, everything sorted."""
    by_model: dict[str, list[int]] = {}
    for model, version in sorted(versions):
        by_model.setdefault(model, []).append(version)
    return by_model


def short_revision(commit: str) -> str:
    """The first twelve digits of a commit, and an addition such as `-dirty`."""
    digits, dash, rest = commit.partition("-")
    return f"{digits[:12]}{dash}{rest}"
