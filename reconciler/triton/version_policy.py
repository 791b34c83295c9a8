"""Which versions of a model Triton serves: the version folders, narrowed by the model's `version_policy`.

The rules are those of the server (core, `model_lifecycle.cc`, `VersionsToLoad`), tried on 2.51. Folders with
leading zeros, or that start with no number, are skipped. No policy means the latest version, and an empty
one all. `specific` serves those of its versions that exist. `latest` with 0 serves none, and the model fails
to load.
"""

import re
from collections.abc import Iterable
from typing import assert_never

from reconciler.core.model.served.model_folder import Latest, Specific, Unlimited, VersionPolicy

LARGEST_VERSION = 2**63 - 1

_VERSION = re.compile(r"0|[1-9][0-9]*")
_LIKE_A_VERSION = re.compile(r"0\d+|v(er(sion)?)?[ ._-]?\d+", re.IGNORECASE)
_NUMBER_AT_START = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]+)")
_OF_THE_SERVER = frozenset({"warmup", "initial_state", "configs"})
_MOST_DIGITS = 30


def version_number(folder: str) -> int | None:
    """The version that a folder of a model holds, or None when Triton skips it."""
    if not _VERSION.fullmatch(folder) or int(folder) > LARGEST_VERSION:
        return None
    return int(folder)


def looks_like_version(folder: str) -> bool:
    """Whether a version was certainly meant that Triton skips: `v1`, `01`."""
    return bool(_LIKE_A_VERSION.fullmatch(folder))


def number_at_start(folder: str) -> int | None:
    """The version that Triton takes a folder for, by the number at the start of its name: 1 for `1-old`; None
    where it skips it. The number may be out of range: the server ends then.
    """
    if (len(folder) > 1 and folder[0] == "0") or folder in _OF_THE_SERVER:
        return None
    match = _NUMBER_AT_START.match(folder)
    return int(match[1][:_MOST_DIGITS]) if match else None


def narrow(policy: VersionPolicy, numbers: Iterable[int]) -> frozenset[int]:
    """Of these versions, the ones that are served."""
    there = frozenset(numbers)
    match policy:
        case Unlimited():
            return there
        case Specific(chosen):
            return there & chosen
        case Latest(count):
            return frozenset(sorted(there, reverse=True)[:count])
        case _:
            assert_never(policy)
