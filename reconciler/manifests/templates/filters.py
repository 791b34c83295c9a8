"""The filters of templates. A value that does not fit is an error, never a guess.

They see values of the target, of the command line and of the file itself, and nothing else.
"""

import re
from collections.abc import Callable

from reconciler.manifests.yaml.tree import Plain

LARGEST_NUMBER = 10**18

_NUMBER = re.compile(r"-?[0-9]+(?P<broken>(\.[0-9]+)?([eE][+-]?[0-9]+)?)")


class Unfit(Exception):
    """A filter cannot take this value."""


def _int(value: Plain) -> int:
    number = _number(value)
    if number is None or number != int(number):
        raise Unfit("`| int` got something that is not a whole number")
    return int(number)


def _float(value: Plain) -> float:
    number = _number(value)
    if number is None:
        raise Unfit("`| float` got something that is not a number")
    return float(number)


def _number(value: Plain) -> int | float | None:
    """A number, or the one that a text writes; None for everything else."""
    number = _written_number(value) if isinstance(value, str) else value
    if number is None or isinstance(number, bool):
        return None
    if not -LARGEST_NUMBER < number < LARGEST_NUMBER:
        raise Unfit("a number in the template is too large")
    return number


def _written_number(text: str) -> int | float | None:
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    # Python makes no integer of thousands of digits.
    return float(text) if match["broken"] or len(text) > len(str(LARGEST_NUMBER)) else int(text)


def _text(value: Plain) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


FILTERS: dict[str, Callable[[Plain], Plain]] = {
    "int": _int,
    "float": _float,
    "string": _text,
    "lower": lambda value: _text(value).lower(),
    "upper": lambda value: _text(value).upper(),
}
"""All filters except `default`, which takes an argument and is for values that are not defined."""
