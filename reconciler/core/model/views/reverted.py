"""What a rollback wrote into the work tree, as a value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reverted:
    """What was written for one deployment: paths from the root of the repository, and what a person has to
    know of it. `committed` is the commit that has it, or empty.
    """

    name: str
    revision: str
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    committed: str = ""
