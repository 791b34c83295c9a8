"""The tree of a config.pbtxt → the protobuf that it says, or everything that is wrong with its fields.

Source: protobuf 21, src/google/protobuf/text_format.cc, `ConsumeField` and `ConsumeFieldValue`. A number that
no value of an enum has is refused here already: the parser takes it, and the server then fails on it.
"""

import math
from collections.abc import Iterator
from typing import Any

from reconciler.core.model.findings import Finding
from reconciler.triton.config.text import INTEGER, STRING, WORD, Token, bytes_of, place_at
from reconciler.triton.config.tree import Block, Value, WrittenField, WrittenValue
from reconciler.triton.config.words import (
    BOOL,
    ENUM,
    FRACTIONS,
    INTEGERS,
    is_map,
    no_field,
    no_value,
    repeated,
    shown,
)

_TRUE, _FALSE = frozenset({"true", "True", "t"}), frozenset({"false", "False", "f"})
_MANY_DIGITS = 100
_NUMBERS = {"inf": math.inf, "infinity": math.inf, "nan": math.nan}


class _Wrong(Exception):
    """Why a field cannot have a value."""

    def __init__(self, what: str, advice: str = "") -> None:
        self.what, self.advice = what, advice
        super().__init__(what)


def bind(entries: tuple[WrittenField, ...], message: Any, text: str) -> Iterator[Finding]:
    """Put the fields into a message, which is empty before; what is wrong is left out, and said. `text` is
    where they stand.
    """
    yield from _Binder(text).fields(entries, message, "")


class _Binder:
    def __init__(self, text: str) -> None:
        self._text = text

    def _finding(self, at: int, what: str, advice: str) -> Finding:
        return Finding(place_at(self._text, at), what, advice)

    def fields(self, entries: tuple[WrittenField, ...], message: Any, around: str) -> Iterator[Finding]:
        """The fields of one message; `around` is its path, with a dot at its end."""
        known = message.DESCRIPTOR.fields_by_name
        for entry in entries:
            name = f"{around}{shown(entry.name)}"
            field = known.get(entry.name)
            if field is None:
                advice = no_field(entry.name, message.DESCRIPTOR)
                yield self._finding(entry.at, f"unknown field {name}", advice)
            elif wrong := _wrong_form(entry, field, message, name):
                yield self._finding(entry.at, wrong.what, wrong.advice)
            else:
                for value in entry.values:
                    yield from self._value(value, field, message, name)

    def _value(self, value: Value, field: Any, message: Any, name: str) -> Iterator[Finding]:
        if isinstance(value, Block) != bool(field.message_type):
            form = "must have its fields in { }" if field.message_type else "must be one value, without { }"
            yield self._finding(value.at, f"{name} {form}", "")
        elif isinstance(value, WrittenValue):
            try:
                found = _read(value, field)
            except _Wrong as wrong:
                yield self._finding(value.at, f"{name} {wrong.what}", wrong.advice)
                return
            if repeated(field):
                getattr(message, field.name).append(found)
            else:
                setattr(message, field.name, found)
        elif is_map(field):
            yield from self._pair(value, field, message, name)
        elif repeated(field):
            yield from self.fields(value.entries, getattr(message, field.name).add(), f"{name}.")
        else:
            inner = getattr(message, field.name)
            inner.SetInParent()
            yield from self.fields(value.entries, inner, f"{name}.")

    def _pair(self, block: Block, field: Any, message: Any, name: str) -> Iterator[Finding]:
        """One key of a map, and its value; the last of one key counts."""
        pair = getattr(message, field.name).GetEntryClass()()
        yield from self.fields(block.entries, pair, f"{name}.")
        pairs = getattr(message, field.name)
        if field.message_type.fields_by_name["value"].message_type:
            pairs[pair.key].CopyFrom(pair.value)
        else:
            pairs[pair.key] = pair.value


def _wrong_form(entry: WrittenField, field: Any, message: Any, name: str) -> _Wrong | None:
    """What is wrong with a field before its values are looked at."""
    if not field.message_type and not entry.colon:
        return _Wrong(f"there is no colon after {name}", f"Write {name}: and its value.")
    if repeated(field):
        return None
    if entry.listed:
        return _Wrong(f"{name} is not a list", "Take the [ ] away.")
    if _is_set(field, message):
        return _Wrong(f"a second {name}", "Keep one of the two.")
    choice = field.containing_oneof
    if choice and (other := message.WhichOneof(choice.name)):
        around = name.removesuffix(field.name)
        return _Wrong(f"{around}{other} and {name} exclude each other", "Keep one of the two.")
    return None


def _is_set(field: Any, message: Any) -> bool:
    """Whether the server takes the field for set: one without presence is, when it is not zero."""
    if field.has_presence:
        return bool(message.HasField(field.name))
    value = getattr(message, field.name)
    return bool(value) or (isinstance(value, float) and math.copysign(1, value) < 0)


def _read(value: WrittenValue, field: Any) -> object:
    token = value.tokens[0]
    if field.cpp_type in INTEGERS:
        return _integer(value, token, *INTEGERS[field.cpp_type])
    if field.cpp_type in FRACTIONS:
        return _fraction(value, token)
    if field.cpp_type == BOOL:
        return _boolean(value, token)
    if field.cpp_type == ENUM:
        return _word(value, token, field.enum_type)
    return _text(value, token)


def _integer(value: WrittenValue, token: Token, low: int, high: int) -> int:
    if token.kind != INTEGER:
        advice = f"Write {token.text[1:-1]} without quotes." if token.text[1:-1].isdecimal() else ""
        raise _Wrong(f"must be a whole number, not {value.shown}", advice)
    number = _number(token.text)
    if not low <= (-number if value.minus else number) <= high or (value.minus and not low):
        raise _Wrong(f"must be between {low} and {high}")
    return -number if value.minus else number


def _number(text: str) -> int:
    """By the rules of C: a zero at the start means octal. Very many digits are larger than any limit."""
    base = 16 if text[1:2] in {"x", "X"} else 8 if text[0] == "0" else 10
    digits = text[2 * (base == 16) :].lstrip("0")
    return int(digits or "0", base) if len(digits) < _MANY_DIGITS else 2**64


def _fraction(value: WrittenValue, token: Token) -> float:
    sign = -1.0 if value.minus else 1.0
    if token.kind == WORD and token.text.lower() in _NUMBERS:
        return sign * _NUMBERS[token.text.lower()]
    if token.kind in {WORD, STRING}:
        raise _Wrong(f"must be a number, not {value.shown}")
    if token.kind == INTEGER and token.text != "0" and token.text[0] == "0":
        raise _Wrong(f"must be a decimal number, not {value.shown}")
    return sign * float(token.text.rstrip("fF"))


def _boolean(value: WrittenValue, token: Token) -> bool:
    if not value.minus:
        if token.kind == WORD and token.text in _TRUE | _FALSE:
            return token.text in _TRUE
        if token.kind == INTEGER and _number(token.text) in {0, 1}:
            return bool(_number(token.text))
    word = token.text.strip("\"'").lower()
    meant = "true" if word in {"true", "yes", "on"} else "false" if word in {"false", "no", "off"} else ""
    raise _Wrong(f"must be true or false, not {value.shown}", f"Write {meant}." if meant else "")


def _word(value: WrittenValue, token: Token, enum: Any) -> int:
    word = token.text[1:-1] if token.kind == STRING else token.text
    if token.kind == INTEGER:
        number = _number(token.text)
        number = -number if value.minus else number
        if number in enum.values_by_number:
            return number
    elif token.kind == WORD and not value.minus and word in enum.values_by_name:
        return int(enum.values_by_name[word].number)
    if word in enum.values_by_name:
        raise _Wrong(f"must be a word without quotes, not {value.shown}", f"Write {word}.")
    raise _Wrong(f"cannot be {value.shown}", no_value(word, enum))


def _text(value: WrittenValue, token: Token) -> str:
    """Text that is no UTF-8 is taken by the server; here, its bytes are written with backslashes."""
    if token.kind != STRING:
        raise _Wrong(f"must be text in quotes, not {value.shown}", f'Write "{value.shown}".')
    return b"".join(map(bytes_of, value.tokens)).decode(errors="backslashreplace")
