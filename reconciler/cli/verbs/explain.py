"""explain: says of every field of a deployment why it is in the plan, or is not."""

from functools import partial

import click

from reconciler.cli import shared_options
from reconciler.cli.argument_types import Word
from reconciler.cli.output import printing
from reconciler.core.model.configuration import Pairs


@click.command()
@click.argument("name", type=Word())
@shared_options.target
@shared_options.values
@shared_options.formats("text", "json")
def explain(name: str, target: str | None, values: Pairs, form: str) -> None:
    """Say of each field of a deployment what the manifest says, what is live, what was applied last, and
    why it is in the plan or not. NAME is its name, or the OCID of a live one.
    """
    from reconciler.app.explaining import explain_deployment
    from reconciler.report.explain import explain_document, explain_lines

    workspace, chosen_target = shared_options.open_workspace(target, values)
    explanation = explain_deployment(workspace, chosen_target, name, printing.say)
    printing.hush()
    if form == "json":
        printing.print_document(explain_document(explanation))
        return
    printing.print_lines(partial(explain_lines, explanation))
