"""Names and OCIDs on the command line: which deployments they mean, and the errors for unknown ones."""

from collections.abc import Collection, Iterable
from pathlib import PurePath

from reconciler.core.model.errors import Failed
from reconciler.core.model.live import Live
from reconciler.core.model.spec import Claim
from reconciler.core.model.target import Target
from reconciler.core.model.text import near_words
from reconciler.core.planning.ownership.owners import Owners
from reconciler.core.planning.refusals import several


def no_such(names: Iterable[str], known: Collection[str], target: Target, more: str = "") -> Failed:
    """The error for names that none of our deployments has; `known` are the names that exist."""
    what = f"no such deployment of ours on target {target.name!r}{more}; reconcile status lists them"
    return _wrong(names, known, what)


def no_such_anywhere(names: Iterable[str], known: Collection[str], target: Target) -> Failed:
    """The error for names that neither a manifest nor one of our deployments has."""
    what = f"no manifest has this name, nor a deployment of ours on target {target.name!r}"
    return _wrong(names, known, f"{what}; reconcile plan and reconcile status name those there are")


def no_such_live(name: str, known: Collection[str], target: Target) -> Failed:
    """The error for a name that no deployment has, whosever it is; `known` are the names that exist."""
    return _wrong([name], known, f"no deployment goes by it in the project of target {target.name!r}")


def not_in_paths(names: Iterable[str], known: Collection[str]) -> Failed:
    """The error for names that no manifest has in the files and folders on the command line."""
    return _wrong(names, known, "no manifest in PATH has this name")


def in_no_manifest(names: Iterable[str], known: Collection[str]) -> Failed:
    """The error for names that no manifest has."""
    return _wrong(names, known, "no manifest has this name")


def names_of(ours: Iterable[Live]) -> set[str]:
    """The names of these deployments."""
    return {live.name for live in ours}


def goes_by(word: str, live: Live) -> bool:
    """Whether the word is the name or the OCID of this deployment."""
    return word in (live.name, live.ocid)


def the_one(word: str, ours: Iterable[Live]) -> Live | None:
    """The deployment with this name or OCID; None if there is none. Raises Failed if several have it."""
    matches = [live for live in ours if goes_by(word, live)]
    if len(matches) > 1:
        raise Failed(f"{several(word, matches).reason}: name one by its OCID")
    return matches[0] if matches else None


def words_for(lives: Iterable[Live]) -> set[str]:
    """The names and OCIDs of these deployments."""
    return {word for live in lives for word in (live.name, live.ocid)}


def words_of(claim: Claim, owners: Owners) -> set[str]:
    """Every word that may mean the deployment of a manifest: its name, its former name and its OCID. If
    several deployments have the name, the OCID of each.
    """
    owned, _ = owners.find(claim)
    deployments = (*owners.index.ours_by_name.get(claim.name, ()), *((owned,) if owned else ()))
    return ({claim.name, claim.renamed_from} | {live.ocid for live in deployments}) - {""}


def _wrong(names: Iterable[str], known: Collection[str], what: str) -> Failed:
    return Failed(f"{', '.join(_with_nearest(name, known) for name in sorted(names))}: {what}")


def _without_folder(name: str) -> str:
    """The name. If the user gave the path of a manifest instead, its last part is often the name."""
    return PurePath(name).stem if name.endswith((".yaml", ".yml")) else name


def _with_nearest(name: str, known: Collection[str]) -> str:
    meant = near_words(_without_folder(name), known)
    return f"{name} (did you mean {' or '.join(meant)}?)" if meant else name
