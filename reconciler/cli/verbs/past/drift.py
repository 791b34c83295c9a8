"""drift: says which deployments are not as they were applied last, and who has moved them."""

from functools import partial

import click

from reconciler.cli import shared_options
from reconciler.cli.argument_types import Word
from reconciler.cli.output import printing
from reconciler.cli.output.printing_findings import print_few_notices
from reconciler.core.model.configuration import Pairs
from reconciler.core.model.errors import Exit


@click.command()
@click.argument("names", nargs=-1, type=Word(), metavar="[NAME]...")
@shared_options.target
@shared_options.values
@shared_options.formats("text", "json", "markdown")
def drift(names: tuple[str, ...], target: str | None, values: Pairs, form: str) -> int:
    """Say who has moved each deployment, or those with these names or OCIDs, away from what was applied last,
    and change nothing. It ends with 2 when there is any.

    drift: live was changed. pending: the manifest has moved on. both. differs: who it was cannot be told.
    orphan: ours, and in no manifest. foreign: it has the name of a manifest, and is not ours. gone: applied
    once, and not there any more. unclear: which deployment is meant, or what it is, cannot be told.

    What was applied last is read from git, at the revision that is marked on the deployment.
    """
    from reconciler.app.desired import PlanRequest
    from reconciler.app.past.drift import find_drift
    from reconciler.app.validating import no_manifests_words

    workspace, chosen_target = shared_options.open_workspace(target, values)
    request = PlanRequest(only=frozenset(names))
    found = find_drift(workspace, chosen_target, request, printing.say)
    printing.hush()
    print_few_notices(found.planned.notices)
    if not found.planned.desired.claims:
        printing.note(no_manifests_words(workspace))
    match form:
        case "json":
            from reconciler.report.drift import drift_document

            printing.print_document(drift_document(found.report))
        case "markdown":
            from reconciler.report.drift_markdown import drift_markdown

            click.echo(drift_markdown(found.report), nl=False)
        case _:
            from reconciler.report.drift import drift_lines

            printing.print_lines(partial(drift_lines, found.report))
    return Exit.DIFFERENCES if found.report.drifts else Exit.DONE
