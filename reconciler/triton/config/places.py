"""Where a field stands in the text of a config.pbtxt. The protobuf that a parser makes no longer knows."""

from collections.abc import Sequence
from typing import NamedTuple

from reconciler.triton.config.text import STRING, bytes_of, place_at
from reconciler.triton.config.tree import Block, Value, WrittenField, WrittenValue, tree_of


class _Placed(NamedTuple):
    """A value of a field, and its place: that of the field's name, unless it is in a list."""

    value: Value
    at: int

    @property
    def entries(self) -> tuple[WrittenField, ...]:
        return self.value.entries if isinstance(self.value, Block) else ()


def place_of(text: str, field: Sequence[str | int]) -> tuple[int, int]:
    """Line and column of a field, which is named as in `("input", 0, "dims")`; of the nearest field around it
    where it is not written; (0, 0) for the whole file.
    """
    at = -1
    values: tuple[_Placed, ...] = (_Placed(Block(tree_of(text).entries, 0), at),)
    for step in field:
        if isinstance(step, int):
            values = values[step : step + 1]
        elif values and all(_key(value) is not None for value in values):
            values = tuple(value for value in values if _key(value) == step)
        else:
            named = [entry for value in values[:1] for entry in value.entries if entry.name == step]
            at = named[0].at if named else at
            values = tuple(
                _Placed(value, value.at if entry.listed else entry.at)
                for entry in named
                for value in entry.values
            )
            continue
        if not values:
            break
        at = values[0].at
        values = tuple(map(_in_pair, values))
    if at < 0:
        return 0, 0
    place = place_at(text, at)
    return place.line, place.column


def _key(written: _Placed) -> str | None:
    """The key, where a value is a pair of a map; an empty one where it is not written."""
    names = [entry.name for entry in written.entries]
    if not names or not {"key", "value"}.issuperset(names):
        return None
    keys = [value for entry in written.entries if entry.name == "key" for value in entry.values]
    if keys and isinstance(keys[0], WrittenValue):
        tokens = keys[0].tokens
        if tokens[0].kind == STRING:
            return b"".join(map(bytes_of, tokens)).decode(errors="backslashreplace")
        return tokens[0].text
    return ""


def _in_pair(written: _Placed) -> _Placed:
    """The value in a pair of a map; another value as it is."""
    if _key(written) is None:
        return written
    inside = [value for entry in written.entries if entry.name == "value" for value in entry.values]
    return _Placed(inside[0] if inside else Block((), 0), written.at)
