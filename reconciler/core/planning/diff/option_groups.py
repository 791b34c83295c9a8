"""The option groups of the service, and what a change of each means for those who call the models.

While a deployment serves, one option group at a time may change (docs/service.md §3.3). Which field is in
which group is in `diff.fields`.
"""

from enum import IntEnum, StrEnum


class Impact(StrEnum):
    """What a change means for those who call the models."""

    METADATA = "metadata only"
    ZERO_DOWNTIME = "zero downtime"
    STOP = "stop"
    REPLACE = "replace"


class OptionGroup(IntEnum):
    """What changes in one update while a deployment serves; `transition.batches` puts them in order. STATE
    and KIND are no option groups of the service: they mark changes that no update carries.
    """

    METADATA = 0
    LOGS = 1
    BANDWIDTH = 2
    SCALING = 3
    NETWORK = 4
    CONTAINER = 5
    CORE = 6
    MODELS = 7
    STATE = 8
    KIND = 9


NEVER_UPDATED = frozenset({OptionGroup.STATE, OptionGroup.KIND})
"""What no update changes: the lifecycle has its own operations, and the type is fixed when it is created."""


def impact_of(group: OptionGroup) -> Impact:
    """What a change of this group costs by itself; what it costs in a plan is on the change."""
    match group:
        case OptionGroup.METADATA:
            return Impact.METADATA
        case OptionGroup.KIND:
            return Impact.REPLACE
        case OptionGroup.STATE:
            return Impact.STOP
        case _:
            return Impact.ZERO_DOWNTIME
