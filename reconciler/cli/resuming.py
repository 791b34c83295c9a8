"""The command that completes an interrupted run. It is about the deployments that are left, and no others.

Nothing is decided here: the user gives the command, and then everything is planned anew.
"""

import os
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from reconciler.cli.shared_options import PlanOptions
from reconciler.core.model.configuration import Pairs
from reconciler.core.planning.plan import Action, DeploymentPlan
from reconciler.core.planning.steps import DeleteDeployment

Left: TypeAlias = Sequence[DeploymentPlan]
"""The deployments that an interrupted run did not bring to their end, each with its remaining steps."""

ResumeCommand: TypeAlias = Callable[[Left], str]
"""Makes the command; empty when there is none."""


def after_apply(options: PlanOptions, left: Left) -> str:
    """The same `apply` command. If it named deployments, only those that are left: others may be gone, and an
    unknown name is an error. Empty when it named others only.
    """
    nameable = list(_nameable(left))
    if options.only and not nameable:
        return ""
    known = {word for item in nameable for word in (item.name, item.ocid)}
    words = _target(options.target) + _values(options.values)
    words += _repeated("--confirm", (name for name in options.confirmed if name in known))
    words += _repeated("--only", map(_word, nameable) if options.only else ())
    words += _repeated("--changed-since", [options.changed_since] if options.changed_since else [])
    words += ["--retry-failed"] if options.retry_failed else []
    return _shell_command("apply", *map(str, options.paths), *words)


def after_saved_plan(saved: Path, root: Path, target: str | None, values: Pairs, left: Left) -> str:
    """Plan anew, and apply that plan. A saved plan does not say which options made it, so the command names
    everything that is left, with its manifest, and confirms each delete: the saved plan had confirmed it.
    What is left of a clean-up, another clean-up plans.

    Empty when nothing is left that a plan can be about: only catalog models of deleted deployments.
    """
    if any(item.action is Action.CLEAN_UP for item in left):
        return after_gc(target, left)
    nameable = list(_nameable(left))
    if not nameable:
        return ""
    orphans = [_word(item) for item in nameable if not item.manifest]
    paths = () if orphans else sorted({os.path.relpath(root / item.manifest) for item in nameable})
    confirmed = [_word(item) for item in nameable if not item.manifest and item.action is Action.DELETE]
    confirm = _repeated("--confirm", confirmed)
    plan_words = [
        *_target(target),
        *_values(values),
        "--out",
        str(saved),
        *_repeated("--only", map(_word, nameable)),
        *confirm,
    ]
    apply_words = ["--plan", str(saved), *_target(target), *confirm]
    return f"{_shell_command('plan', *paths, *plan_words)} && {_shell_command('apply', *apply_words)}"


def after_destroy(names: Sequence[str], target: str | None, left: Left) -> str:
    """The same `destroy` command, for the deployments that are left, named as the user named them."""
    words = [item.ocid if item.ocid in names else item.name for item in left]
    return _shell_command("destroy", *words, *_target(target))


def after_rollback(commit: str, target: str | None, values: Pairs, left: Left) -> str:
    """The same rollback, of the deployments that are left, to the commit that it meant."""
    words = [*[item.name for item in left], "--to", commit, "--now", *_target(target), *_values(values)]
    return _shell_command("rollback", *words)


def after_resume(target: str | None, left: Left) -> str:
    """The same command: a hold that has ended already is none."""
    return _shell_command("rollback", *[item.name for item in left], "--resume", *_target(target))


def after_release(names: Sequence[str], target: str | None, left: Left) -> str:
    """The same `release` command, for the deployments that are left, named as the user named them."""
    words = [item.ocid if item.ocid in names else item.name for item in left]
    return _shell_command("release", *words, *_target(target))


def after_gc(target: str | None, left: Left) -> str:
    """The same command: it plans anew what is left."""
    return _shell_command("gc", *_target(target))


def _nameable(left: Iterable[DeploymentPlan]) -> Iterator[DeploymentPlan]:
    """Those that a command can name: they have a manifest, or are not deleted yet."""
    return (
        item
        for item in left
        if item.manifest
        or item.action is Action.RELEASE
        or any(isinstance(step, DeleteDeployment) for step in item.steps)
    )


def _word(item: DeploymentPlan) -> str:
    """The name of a deployment with a manifest, else its OCID: several orphans may have one name."""
    return item.ocid if item.ocid and not item.manifest else item.name


def _shell_command(*words: str) -> str:
    return shlex.join(["reconcile", *words])


def _target(target: str | None) -> list[str]:
    return _repeated("-t", [target] if target else [])


def _values(values: Pairs) -> list[str]:
    return _repeated("--set", (f"values.{place}={text}" for place, text in values))


def _repeated(option: str, words: Iterable[str]) -> list[str]:
    """The option once for each word."""
    return [text for word in words for text in (option, word)]
