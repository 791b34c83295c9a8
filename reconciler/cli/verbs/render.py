"""render: shows manifests as they are for a target, and where each value comes from."""

import click

from reconciler.cli import shared_options
from reconciler.cli.argument_types import Word
from reconciler.cli.output import printing
from reconciler.core.model.configuration import Pairs


@click.command()
@click.argument("names", nargs=-1, type=Word(), metavar="[NAME]...")
@shared_options.target
@shared_options.values
@shared_options.formats("yaml", "json")
def render(names: tuple[str, ...], target: str | None, values: Pairs, form: str) -> None:
    """Show manifests as they are for a target, with every default, and beside each value where it comes from.

    Needs no cloud and no network. Without NAME: every manifest in manifests/. Secrets are shown by the names
    of their variables; the environment is not looked at.
    """
    from reconciler.app.environments import rendering
    from reconciler.app.environments.not_for_target import absent_words
    from reconciler.app.validating import no_manifests_words
    from reconciler.report.render import render_document, yaml_lines

    workspace, chosen_target = shared_options.open_workspace(target, values)
    rendered = rendering.render(workspace, chosen_target, names)
    for absent in rendered.absent:
        printing.note(absent_words(absent, rendered.target))
    if not rendered.manifests and not rendered.absent:
        printing.note(no_manifests_words(workspace))
    if form == "json":
        printing.print_document(render_document(rendered.manifests, rendered.target))
        return
    for line in yaml_lines(rendered.manifests, rendered.target):
        click.echo(line)
