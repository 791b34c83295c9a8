"""One model of a model repository as a value: its versions, and the configurations that it may be served
with.

The command that starts the server does not count here, so it can be kept with the content that it describes.
"""

from dataclasses import dataclass
from typing import TypeAlias

from reconciler.core.model.served.contract import Contract


@dataclass(frozen=True, slots=True)
class Latest:
    """The `count` versions with the highest numbers."""

    count: int


@dataclass(frozen=True, slots=True)
class Specific:
    """These versions, as far as they exist."""

    numbers: frozenset[int]


@dataclass(frozen=True, slots=True)
class Unlimited:
    """Every version."""


VersionPolicy: TypeAlias = Latest | Specific | Unlimited

BY_DEFAULT = Latest(1)


@dataclass(frozen=True, slots=True)
class ModelConfiguration:
    """What one configuration makes of the model. `needs` are the models that an ensemble calls.

    `contracts` has the contract of each version for which it is known. `completed`: the server takes a part
    of it from the files of the model.
    """

    policy: VersionPolicy = BY_DEFAULT
    backend: str = ""
    needs: tuple[str, ...] = ()
    contracts: tuple[tuple[int, Contract], ...] = ()
    completed: bool = False


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model by its name, the numbers of its version folders, sorted, and its configurations by their paths
    in its folder. A model without a configuration has one with an empty path: what the server makes of the
    files alone. `lies_in` is the folder of the artifact that the models were packed in; empty for its top,
    where ours are. `content` is a digest of all in its folder; empty where it is not known.
    """

    name: str
    versions: tuple[int, ...]
    configurations: tuple[tuple[str, ModelConfiguration], ...]
    lies_in: str = ""
    content: str = ""
