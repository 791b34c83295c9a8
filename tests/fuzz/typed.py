"""Whether a value is what its own annotations say: of the right kind in every field, and finite."""

import dataclasses
import enum
import math
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any


def check_typed(value: object, wanted: Any, at: str = "") -> None:
    """Raises AssertionError, with the field, for what is of another kind."""
    origin, parts = typing.get_origin(wanted), typing.get_args(wanted)
    if origin in (typing.Union, types.UnionType):
        assert any(_fits(value, part) for part in parts), f"{at} is {value!r}, and should be {wanted}"
    elif origin in (tuple, frozenset, list):
        assert isinstance(value, origin), f"{at} is {value!r}, and should be {wanted}"
        if origin is tuple and (not parts or parts[-1] is not Ellipsis):
            assert len(value) == len(parts), f"{at} is {value!r}"
            kinds: Any = parts
        else:
            kinds = [parts[0]] * len(value)
        for number, (item, part) in enumerate(zip(value, kinds, strict=True)):
            check_typed(item, part, f"{at}[{number}]")
    elif origin is not None and issubclass(origin, Mapping):
        assert isinstance(value, Mapping), f"{at} is {value!r}, and should be {wanted}"
        for key, item in value.items():
            check_typed(key, parts[0], f"{at} (a key)")
            check_typed(item, parts[1], f"{at}.{key}")
    elif dataclasses.is_dataclass(wanted):
        assert isinstance(value, wanted), f"{at} is {value!r}, and should be {wanted}"
        for name, kind in _fields(wanted).items():
            check_typed(getattr(value, name), kind, f"{at}.{name}")
    elif isinstance(wanted, type) and wanted is not Any:
        _check_plain(value, wanted, at)


def _fits(value: object, wanted: Any) -> bool:
    try:
        check_typed(value, wanted)
    except AssertionError:
        return False
    return True


def _check_plain(value: object, wanted: type, at: str) -> None:
    if wanted is float:
        good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    elif wanted in (int, str) or issubclass(wanted, enum.Enum):
        good = isinstance(value, wanted) and not isinstance(value, bool)
    else:
        good = isinstance(value, wanted)
    assert good, f"{at} is {value!r}, and should be {wanted.__name__}"


@cache
def _fields(cls: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls)}
