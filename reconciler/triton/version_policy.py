"""Which versions of a model Triton serves: the version folders, narrowed by the model's `version_policy`.

The rules are those of the server (core, `model_lifecycle.cc`, `VersionsToLoad`), tried on 2.51. Folders with
leading zeros, or without a number, are skipped. No policy means the latest version; an empty policy means
all. `specific` serves those of its versions that exist. `latest` with 0 serves none, and the model fails to
load.
"""

import re
from collections.abc import Iterable
from typing import assert_never

from reconciler.core.model.served.model_folder import Latest, Specific, Unlimited, VersionPolicy

LARGEST_VERSION = 2**63 - 1

_VERSION = re.compile(r"0|[1-9][0-9]*")
_LIKE_A_VERSION = re.compile(r"\s*[+-]?\d.*|v(er(sion)?)?[ ._-]?\d+", re.IGNORECASE)


def version_number(folder: str) -> int | None:
    """The version that a folder of a model holds, or None when Triton skips it."""
    if not _VERSION.fullmatch(folder) or int(folder) > LARGEST_VERSION:
        return None
    return int(folder)


def looks_like_version(folder: str) -> bool:
    """Whether a version was probably meant: `v1`, `01`, `1-old` (for Triton, this is 1, and cannot load)."""
    return bool(_LIKE_A_VERSION.fullmatch(folder))


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
