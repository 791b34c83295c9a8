"""doctor: looks at everything that an apply needs of a target."""

from functools import partial
from pathlib import Path

import click

from reconciler.cli import shared_options
from reconciler.cli.output import printing
from reconciler.core.model.configuration import Pairs
from reconciler.core.model.errors import Exit


@click.command()
@shared_options.paths
@shared_options.target
@shared_options.values
@shared_options.formats("text", "json")
def doctor(paths: tuple[Path, ...], target: str | None, values: Pairs, form: str) -> int:
    """Look at all that an apply needs, and say what to do about what is wrong: sign-in, clock, compartment,
    project, bucket, policies, manifests, variables, shapes, limits, images, logs, network. Nothing is
    changed.

    Each line says fine, wrong or not seen. Ends with 1 when something is wrong. What could not be seen is
    told, and no fault: it may be an outage, or a policy that nothing else needs.
    """
    from reconciler.app.doctor.examining import examine
    from reconciler.core.model.views.checkup import Verdict
    from reconciler.report.doctor import checkup_document, checkup_lines

    workspace, chosen_target = shared_options.open_workspace(target, values)
    checkup = examine(workspace, chosen_target, paths, printing.say)
    printing.hush()
    if form == "json":
        printing.print_document(checkup_document(checkup))
    else:
        printing.print_lines(partial(checkup_lines, checkup))
    return Exit.FAILED if checkup.number_of(Verdict.WRONG) else Exit.DONE
