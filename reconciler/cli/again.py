"""The command that completes what an interrupted run has left, about no more than what is left.

It decides nothing: what was planned once is named again, and planned anew when the command is given.
"""

import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.core.model.configuration import Pairs
from reconciler.core.planning.plan import DeploymentPlan
from reconciler.core.planning.steps import DeleteDeployment


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """What `apply` was given to plan from."""

    paths: tuple[Path, ...] = ()
    only: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    retry_failed: bool = False
    target: str | None = None
    given: Pairs = ()


def of_apply(given: PlanInputs, left: Sequence[DeploymentPlan]) -> str:
    """The same command. Where it named deployments, only those that are left: others may be gone, and then
    nobody has their names. Empty when it was about nothing else.
    """
    there = list(_there(left))
    if given.only and not there:
        return ""
    words = {word for item in there for word in (item.name, item.seen.ocid if item.seen else "")}
    rest = _options("-t", [given.target] if given.target else []) + _values(given.given)
    rest += _options("--confirm", (name for name in given.confirmed if name in words))
    rest += _options("--only", map(_word, there) if given.only else ())
    rest += ["--retry-failed"] if given.retry_failed else []
    return command("apply", *map(str, given.paths), *rest)


def of_saved(
    saved: Path, root: Path, target: str | None, given: Pairs, left: Sequence[DeploymentPlan]
) -> str:
    """Plan anew and apply that. A saved plan does not say what it was made for: so everything that is left is
    named, with its manifest. What a plan deletes had the confirmation that it needs.

    Empty when nothing is left that a plan could be about: of what is deleted, only catalog models.
    """
    there = list(_there(left))
    if not there:
        return ""
    unnamed = [_word(item) for item in there if not item.manifest]
    paths = () if unnamed else sorted({os.path.relpath(root / item.manifest) for item in there})
    to = _options("-t", [target] if target else [])
    rest = [
        *to,
        *_values(given),
        "--out",
        str(saved),
        *_options("--only", map(_word, there)),
        *_options("--confirm", unnamed),
    ]
    apply = ["apply", "--plan", str(saved), *to, *_options("--confirm", unnamed)]
    return f"{command('plan', *paths, *rest)} && {command(*apply)}"


def of_destroy(names: Sequence[str], target: str | None, left: Sequence[DeploymentPlan]) -> str:
    """The same command, for those that are left."""
    asked = [item.seen.ocid if item.seen and item.seen.ocid in names else item.name for item in left]
    return command("destroy", *asked, *_options("-t", [target] if target else []))


def command(*words: str) -> str:
    """A command as one gives it to a shell."""
    return shlex.join(["reconcile", *words])


def _there(left: Iterable[DeploymentPlan]) -> Iterator[DeploymentPlan]:
    """Those that somebody can name: a manifest's, and any other that is not deleted already."""
    return (
        item for item in left if item.manifest or any(isinstance(s, DeleteDeployment) for s in item.steps)
    )


def _word(item: DeploymentPlan) -> str:
    """A manifest's is called by its name, any other by its OCID, which no second one has."""
    return item.seen.ocid if item.seen and not item.manifest else item.name


def _values(given: Pairs) -> list[str]:
    return _options("--set", (f"values.{place}={text}" for place, text in given))


def _options(option: str, values: Iterable[str]) -> list[str]:
    return [word for value in values for word in (option, value)]
