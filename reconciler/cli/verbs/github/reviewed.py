"""reviewed: says which targets of a push can be applied as they were reviewed."""

import json
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import shared_options
from reconciler.cli.argument_types import FilePath, Word
from reconciler.cli.output import printing
from reconciler.core.model.errors import Exit

if TYPE_CHECKING:
    from reconciler.app.github.reviewing import Reviews


@click.command()
@click.option(
    "-t",
    "--target",
    "targets",
    type=Word(),
    multiple=True,
    metavar="TARGET",
    help="A target of reconciler.yaml (default: every tenancy of OCI). May be given several times.",
)
@click.option(
    "--out",
    type=FilePath(file_okay=False),
    required=True,
    metavar="DIR",
    help="An empty folder, or a new one: the reviewed plans are written to DIR/TARGET/NUMBER/plan.json.",
)
@shared_options.formats("text", "json")
def reviewed(targets: tuple[str, ...], out: Path, form: str) -> int:
    """Say for each target whether everything that was merged since its last apply was reviewed, in a job of
    GitHub Actions that a push has started.

    Reviewed: the plan that each merged pull request has shown is there, for plan --compare. Unreviewed:
    pushed without a pull request, merged from a fork, planned too long ago, started by hand, or never applied
    before; then the environment TARGET-approval must have required reviewers, or it ends with 5. When a later
    commit was applied already, it ends with 4.

    It needs GITHUB_TOKEN, and the history of the branch (fetch-depth: 0). In a step, the outputs `reviewed`
    and `unreviewed` are lists of names, as JSON.
    """
    from reconciler.app.github.connecting import github_of
    from reconciler.app.github.job import job_of
    from reconciler.app.github.merges import Merges
    from reconciler.app.github.places import places_of
    from reconciler.app.github.reviewing import plan_place, reviews
    from reconciler.app.privacy.redaction import Redaction
    from reconciler.report.plan.reviewed import reviewed_document, reviewed_lines

    names = tuple(dict.fromkeys(targets)) or _every_tenancy()
    opened = {name: shared_options.open_workspace(name) for name in names}
    redaction = Redaction(dict(os.environ))
    job = job_of(redaction.environment)
    github = github_of(job, redaction)
    root = opened[names[0]][0].root
    merges = Merges(root, job, github.repository, lambda name: places_of(*opened[name]))
    found = reviews(merges, names, out)
    _set_outputs(found, job.output)
    if form == "json":
        document = reviewed_document(
            found.commit, found.targets, lambda target, number: str(plan_place(out, target, number))
        )
        printing.print_document(document)
    else:
        printing.print_lines(partial(reviewed_lines, found.targets))
    for why in found.refused:
        printing.warn("reconcile reviewed", why)
    return Exit.REFUSED if found.refused else Exit.DONE


def _every_tenancy() -> tuple[str, ...]:
    from reconciler.app.environments.targets import targets

    found = tuple(one.name for one in targets(tenancies_alone=True))
    if not found:
        raise click.UsageError("no target of reconciler.yaml is a tenancy of OCI: name one with -t")
    return found


def _set_outputs(found: "Reviews", output: Path | None) -> None:
    from reconciler.app.github.runner_files import add_outputs
    from reconciler.core.planning.review.reviewed import ReviewState

    add_outputs(output, {state.value: json.dumps(found.names(state)) for state in ReviewState})
