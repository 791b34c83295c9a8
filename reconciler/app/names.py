"""Names and OCIDs on the command line: which deployments they are, and what is said where nobody has them.

Nothing is decided here of what is done with them.
"""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from pathlib import PurePath

from reconciler.core.model.errors import Failed
from reconciler.core.model.live import Live
from reconciler.core.model.spec import Claim
from reconciler.core.model.target import Target
from reconciler.core.planning.ownership.owners import Owners
from reconciler.core.planning.refusals import several

NEAREST = 3
"""Most names that are offered instead of one that is wrong."""


def no_such(names: Iterable[str], known: Collection[str], target: Target, more: str = "") -> Failed:
    """The error of names that are not those of deployments of ours; `known` are those there are."""
    what = f"no such deployment of ours on target {target.name!r}{more}; reconcile status lists them"
    return _wrong(names, known, what)


def no_such_anywhere(names: Iterable[str], known: Collection[str], target: Target) -> Failed:
    """The error of names that neither a manifest has, nor a deployment of ours."""
    what = f"no manifest has this name, nor a deployment of ours on target {target.name!r}"
    return _wrong(names, known, f"{what}; reconcile plan and reconcile status name those there are")


def not_in_paths(names: Iterable[str], known: Collection[str]) -> Failed:
    """The error of names that no manifest has in the files and folders that were named."""
    return _wrong(names, known, "no manifest in PATH has this name")


def names_of(ours: Iterable[Live]) -> set[str]:
    """The names that these deployments go by."""
    return {live.name for live in ours}


def meant(asked: str, live: Live) -> bool:
    """Whether this deployment is asked for, by its name or by its OCID."""
    return asked in (live.name, live.ocid)


def the_one(asked: str, ours: Iterable[Live]) -> Live | None:
    """The deployment with this name or OCID, None when there is none. Raises Failed when several go by it."""
    found = [live for live in ours if meant(asked, live)]
    if len(found) > 1:
        raise Failed(f"{several(asked, found).reason}: name one by its OCID")
    return found[0] if found else None


def words_for(lives: Iterable[Live]) -> set[str]:
    """All names and OCIDs of these deployments."""
    return {word for live in lives for word in (live.name, live.ocid)}


def words_of(claim: Claim, owners: Owners) -> set[str]:
    """What the deployment of a manifest may be called: its name, the one before, and its OCID; where several
    go by its name, each of theirs.
    """
    found, _ = owners.find(claim)
    there = (*owners.index.named.get(claim.name, ()), *((found,) if found else ()))
    return ({claim.name, claim.renamed_from} | {live.ocid for live in there}) - {""}


def _wrong(names: Iterable[str], known: Collection[str], what: str) -> Failed:
    return Failed(f"{', '.join(_with_nearest(name, known) for name in sorted(names))}: {what}")


def _without_folder(name: str) -> str:
    """A name is wanted; of the path of a manifest it may be the last word."""
    return PurePath(name).stem if name.endswith((".yaml", ".yml")) else name


def _with_nearest(name: str, known: Collection[str]) -> str:
    nearest = get_close_matches(_without_folder(name), sorted(known), NEAREST)
    return f"{name} (did you mean {' or '.join(nearest)}?)" if nearest else name
