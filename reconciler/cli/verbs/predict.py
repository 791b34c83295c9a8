"""predict: sends a signed request to a deployment and prints the answer."""

from http import HTTPStatus
from typing import BinaryIO

import click

from reconciler.cli import shared_options
from reconciler.cli.argument_types import HeaderWord, Word
from reconciler.cli.output import printing
from reconciler.core.model.errors import Exit
from reconciler.report.style import indented


@click.command()
@click.argument("name", type=Word())
@click.option(
    "--model", type=HeaderWord(), required=True, metavar="M", help="The model, by the name of its folder."
)
@click.option("--version", type=HeaderWord(), metavar="V", help="Its version (default: Triton's choice).")
@click.option(
    "--input",
    "body",
    required=True,
    type=click.File("rb"),
    metavar="FILE",
    help="The request's body, 10 MB at most; - for stdin.",
)
@shared_options.target
def predict(name: str, model: str, version: str | None, body: BinaryIO, target: str | None) -> int:
    """Send a signed request to a deployment, by its name or OCID, and print the answer."""
    from reconciler.app import inspecting
    from reconciler.core.model.proof.probes import LARGEST_REQUEST

    workspace, chosen_target = shared_options.open_workspace(target)
    request = inspecting.PredictRequest(model, version, body.read(LARGEST_REQUEST + 1))
    answer = inspecting.predict(workspace, chosen_target, name, request, printing.say)
    printing.hush()
    if answer.status >= HTTPStatus.BAD_REQUEST:
        message = indented(f"{name} answered {answer.status}:\n{answer.text}")
        click.echo(f"error: {message}", err=True)
        return Exit.FAILED
    printing.print_answer(answer.text)
    return Exit.DONE
