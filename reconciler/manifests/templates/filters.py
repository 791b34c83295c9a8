"""The filters of templates. A value that does not fit is an error, never a guess.

They see values of the target, of the command line and of the file itself, and nothing else.
"""

from collections.abc import Callable

from reconciler.manifests.yaml.tree import Plain

LARGEST_NUMBER = 10**18


class Unfit(Exception):
    """A filter cannot take this value."""


def _int(value: Plain) -> int:
    try:
        number = int(_text(value).strip()) if isinstance(value, str) else int(value or 0)
    except (ValueError, OverflowError):
        raise Unfit("`| int` got something that is not a whole number") from None
    return int(_bounded(number))


def _float(value: Plain) -> float:
    try:
        return float(_bounded(float(value or 0)))
    except (ValueError, OverflowError):
        raise Unfit("`| float` got something that is not a number") from None


def _bounded(number: float) -> float:
    if not -LARGEST_NUMBER < number < LARGEST_NUMBER:
        raise Unfit("a number in the template is too large")
    return number


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
