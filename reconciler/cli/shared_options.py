"""Options that several verbs share, and the way from them to the repository and the target."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from reconciler.cli import unexpected_errors
from reconciler.cli.argument_types import FilePath, TemplateValue, Word
from reconciler.core.model.configuration import Pairs

if TYPE_CHECKING:
    from reconciler.app.desired import PlanRequest
    from reconciler.app.workspace import Workspace
    from reconciler.core.model.target import Target

F = TypeVar("F", bound=Callable[..., Any])

paths = click.argument("paths", nargs=-1, type=FilePath())


def _target(default: str) -> Callable[[F], F]:
    text = f"A target of reconciler.yaml (default: {default})."
    return click.option("-t", "--target", type=Word(), metavar="TARGET", help=text)


target = _target("the local emulator")
target_of_many = _target("every one of them")
values = click.option(
    "--set",
    "values",
    type=TemplateValue(),
    multiple=True,
    metavar="values.NAME=TEXT",
    help="A value for {{ values.NAME }} in manifests, in place of the target's. It is text; `| int` in the "
    "manifest makes a number of it. May be given several times.",
)
_only = click.option(
    "--only",
    type=Word(),
    multiple=True,
    metavar="NAME",
    help="Plan this deployment alone: nothing else is changed or deleted. NAME may also be its OCID, or its "
    "name before it was renamed. May be given several times.",
)
_changed_since = click.option(
    "--changed-since",
    type=Word(),
    metavar="REV",
    help="Plan only the deployments that the commits since REV, and changes that are not committed yet, can "
    "affect: those whose manifest, patches, values, model files or probes ask for something else now, the "
    "new ones, and those that no manifest names any more. REV is a commit, a branch, a tag, or as HEAD~1.",
)
_confirmed = click.option(
    "--confirm",
    "confirmed",
    type=Word(),
    multiple=True,
    metavar="NAME",
    help="Confirm that this deployment may be deleted, if its manifest requires it (prune: confirm). NAME "
    "may also be an OCID, if several deployments have one name. May be given several times.",
)
_retry_failed = click.option(
    "--retry-failed",
    is_flag=True,
    help="Try again what failed before, although nothing has changed since.",
)
yes = click.option("--yes", is_flag=True, help="Do not ask.")
parallel = click.option(
    "--parallel",
    type=click.IntRange(1, 64),
    default=20,
    show_default=True,
    metavar="N",
    help="How many calls to the service may run at the same time.",
)


def formats(*names: str) -> Callable[[F], F]:
    """The option `--format`; the first name is the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(names),
        default=names[0],
        show_default=True,
        help="How to print the result.",
    )


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What the command line says about the contents of a plan; the same for `plan` and `apply`."""

    paths: tuple[Path, ...] = ()
    target: str | None = None
    values: Pairs = ()
    only: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    retry_failed: bool = False
    changed_since: str | None = None

    def request(self, *, applying: bool = False) -> "PlanRequest":
        """The request for a plan with these options."""
        from reconciler.app.desired import PlanRequest

        only, confirmed = frozenset(self.only), frozenset(self.confirmed)
        since = self.changed_since or ""
        return PlanRequest(self.paths, confirmed, self.retry_failed, only, applying, since)


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """How a plan is carried out; the same for `apply` and `destroy`."""

    yes: bool
    parallel: int
    form: str


def plan_options(verb: F) -> F:
    """Give a verb the options of `PlanOptions`; it gets them as its first argument."""

    @wraps(verb)
    def with_plan_options(**options: Any) -> Any:
        return verb(PlanOptions(**_taken(PlanOptions, options)), **options)

    verb_options = (paths, target, values, _only, _changed_since, _confirmed, _retry_failed)
    return cast("F", _with_options(with_plan_options, verb_options))


def apply_options(verb: F) -> F:
    """Give a verb the options of `ApplyOptions`; it gets them as the argument `how`."""

    @wraps(verb)
    def with_apply_options(*arguments: Any, **options: Any) -> Any:
        how = ApplyOptions(**_taken(ApplyOptions, options))
        return verb(*arguments, how=how, **options)

    verb_options = (yes, parallel, formats("text", "json"))
    return cast("F", _with_options(with_apply_options, verb_options))


def _taken(kind: type[Any], options: dict[str, Any]) -> dict[str, Any]:
    """The fields of this dataclass, taken out of the options."""
    return {name: options.pop(name) for name in kind.__dataclass_fields__}


def _with_options(verb: Any, decorators: Sequence[Callable[[Any], Any]]) -> Any:
    """The verb with these options; `--help` lists them in this order."""
    for decorate in reversed(decorators):
        verb = decorate(verb)
    return verb


def open_workspace(target: str | None, values: Pairs = ()) -> "tuple[Workspace, Target]":
    """The repository around the current folder, and the target. From here on, the secrets of its manifests
    are redacted in messages about unexpected errors.
    """
    from reconciler.app import workspace

    opened, chosen_target = workspace.open_workspace(target, values)
    unexpected_errors.redact_known = opened.redaction.known_text
    return opened, chosen_target
