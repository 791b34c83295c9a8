"""comment: tells on GitHub what plan, validate, apply or drift have found."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import click

from reconciler.cli import shared_options, unexpected_errors
from reconciler.cli.argument_types import FilePath, Word
from reconciler.cli.output import printing
from reconciler.report.style import clean

if TYPE_CHECKING:
    from reconciler.app.github.texts import About, Found
    from reconciler.app.privacy.redaction import Redaction
    from reconciler.app.workspace import Workspace
    from reconciler.core.model.target import Target

FILE = FilePath(exists=True, dir_okay=False)


class Files(NamedTuple):
    """The files that the command line names, one of them."""

    plan: Path | None
    problems: Path | None
    result: Path | None
    differences: Path | None
    drift: Path | None


@click.command()
@shared_options.target
@click.option("--plan", type=FILE, metavar="FILE", help="The plan that plan --out has saved; with --base.")
@click.option("--base", type=Word(), metavar="REVISION", help="What the branch is compared with, as HEAD^1.")
@click.option("--problems", type=FILE, metavar="FILE", help="What validate --format json has printed.")
@click.option("--result", type=FILE, metavar="FILE", help="What apply --format json has printed.")
@click.option(
    "--differences", type=FILE, metavar="FILE", help="What plan --compare --format json has printed."
)
@click.option("--drift", type=FILE, metavar="FILE", help="What drift --format json has printed.")
@click.option(
    "--print", "only_print", is_flag=True, help="Print what would be posted, and ask GitHub nothing."
)
def comment(target: str | None, base: str | None, only_print: bool, **files: Path | None) -> None:
    """Tell what was found, in a job of GitHub Actions: in its summary, and where people look for it.

    \b
    --plan, --problems     one comment on the pull request, updated in place
    --result, --differences
                           a comment on each pull request merged since the last apply,
                           and the status reconcile/TARGET of the commit
    --drift                one issue for the target, opened, updated and closed

    It needs GITHUB_TOKEN. Where the token may not write, the summary has to do, and a warning says so.
    """
    from reconciler.app.github.commenting import Commenting
    from reconciler.app.github.job import event_pull, job_of
    from reconciler.app.github.texts import About, printed

    given = _checked(Files(**files), base)
    name, redaction, opened = _opened(given, target)
    if only_print:
        pull = event_pull(redaction.environment)
        about = About(pull.head if pull else redaction.environment.get("GITHUB_SHA", ""))
        click.echo(redaction.posted(printed(_found(given, base, name, opened, about))), nl=False)
        return
    job = job_of(redaction.environment)
    about = About(job.pull.head if job.pull else job.sha, job.url)
    found = _found(given, base, name, opened, about)
    told = Commenting(job, name, opened, redaction).tell(found)
    for line in told.done:
        click.echo(clean(line))
    for warning in told.warnings:
        printing.warn("reconcile comment", warning)


def _checked(files: Files, base: str | None) -> Files:
    given = [name for name, path in files._asdict().items() if path is not None]
    if len(given) != 1:
        told = "none is" if not given else f"--{' and --'.join(given)} are"
        raise click.UsageError(
            f"one of --plan, --problems, --result, --differences and --drift is needed; {told} given"
        )
    if (files.plan is None) != (base is None):
        raise click.UsageError(
            "--plan and --base go together: the plan, and what the branch is compared with"
        )
    return files


Opened: TypeAlias = "tuple[Workspace, Target] | None"


def _opened(files: Files, target: str | None) -> "tuple[str, Redaction, Opened]":
    """The name of the target, what must not leave, and the repository. That is not opened for problems: what
    is wrong may be reconciler.yaml itself.
    """
    if files.problems is None:
        workspace, chosen = shared_options.open_workspace(target)
        return chosen.name, workspace.redaction, (workspace, chosen)
    from reconciler.app.privacy.redaction import Redaction
    from reconciler.core.model.target import LOCAL

    redaction = Redaction(dict(os.environ))
    unexpected_errors.redact_known = redaction.known_text
    return target or LOCAL, redaction, None


def _found(files: Files, base: str | None, target: str, opened: "Opened", about: "About") -> "Found":
    from reconciler.app.github import texts

    if opened and files.plan and base:
        return texts.plan_texts(*opened, files.plan, base, about)
    if files.problems:
        return texts.problems_texts(files.problems, about)
    if files.result:
        return texts.result_ended(files.result, about)
    if files.differences:
        return texts.differences_ended(files.differences, about)
    if files.drift:
        return texts.drift_found(files.drift, target)
    raise AssertionError("one of them is given")
