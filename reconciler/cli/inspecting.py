"""status, explain and predict: the verbs that look and ask."""

import re
from typing import Any, BinaryIO

import click

from reconciler.cli import options
from reconciler.core.model.configuration import Pairs
from reconciler.core.model.errors import Exit
from reconciler.report.style import indented


@click.command()
@click.argument("names", nargs=-1, type=options.Word(), metavar="[NAME]...")
@options.target
@options.formats("text", "json")
def status(names: tuple[str, ...], target: str | None, form: str) -> int:
    """Show each deployment, or those with these names or OCIDs: state, versions served, endpoint, the
    revision that was applied last.

    Ends with 1 when one of them is not healthy: ACTIVE, or UPDATING, which serves all the while. One that is
    CREATING is not healthy yet, and one that is INACTIVE answers nobody, asked for or not.
    """
    from reconciler.app.inspecting import status as read
    from reconciler.report.status import status_document, status_lines

    workspace, chosen = options.open_workspace(target)
    rows = read(workspace, chosen, names, options.say)
    options.hush()
    if form == "json":
        options.document(status_document(rows))
    else:
        for line in status_lines(rows):
            click.echo(line)
    return Exit.DONE if all(row.healthy for row in rows) else Exit.FAILED


@click.command()
@click.argument("name", type=options.Word())
@options.target
@options.given
@options.formats("text", "json")
def explain(name: str, target: str | None, given: Pairs, form: str) -> int:
    """Say of each field of a deployment what the manifest asks for, what is live, what was applied last, and
    why it is in the plan or out. NAME is its name, or the OCID of a live one.
    """
    from reconciler.app.explaining import explain as find
    from reconciler.report.explain import explain_document, explain_lines
    from reconciler.report.style import ANSI, PLAIN

    workspace, chosen = options.open_workspace(target, given)
    found = find(workspace, chosen, name, options.say)
    options.hush()
    if form == "json":
        options.document(explain_document(found))
        return Exit.DONE
    for line in explain_lines(found, ANSI if options.colour() else PLAIN):
        click.echo(line, color=options.colour())
    return Exit.DONE


class HeaderWord(options.Word):
    """A word that goes as the value of a header (RFC 9110, section 5.5): printable ASCII, without spaces
    around it.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word as it is. Fails when no header has such a value."""
        word = super().convert(value, param, ctx)
        if not _HEADER_VALUE.fullmatch(word):
            self.fail(
                f"{word!a}: no model or version can be called so: the name goes in a header of the "
                "request, which takes printable ASCII",
                param,
                ctx,
            )
        return word


_HEADER_VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?")


@click.command()
@click.argument("name", type=options.Word())
@click.option(
    "--model", type=HeaderWord(), required=True, metavar="M", help="The model, as its folder is called."
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
@options.target
def predict(name: str, model: str, version: str | None, body: BinaryIO, target: str | None) -> int:
    """Send a signed request to a deployment, by its name or OCID, and print the answer."""
    from reconciler.app.inspecting import predict as ask
    from reconciler.core.model.probes import LARGEST_REQUEST

    workspace, chosen = options.open_workspace(target)
    content = body.read(LARGEST_REQUEST + 1)
    answer = ask(workspace, chosen, name, model, version, content, options.say)
    options.hush()
    if answer.status >= HTTP_ERRORS:
        told = indented(f"{name} answered {answer.status}:\n{answer.text}")
        click.echo(f"error: {told}", err=True)
        return Exit.FAILED
    options.answer(answer.text)
    return Exit.DONE


HTTP_ERRORS = 400
