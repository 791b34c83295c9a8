"""emulator start, stop, status: the local cloud."""

from pathlib import Path

import click

from reconciler.cli import options
from reconciler.core.errors import Exit


@click.group()
def emulator() -> None:
    """The local OCI Data Science, with real Triton servers."""


home = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where it keeps its state (default: as the target local of reconciler.yaml says).",
)


@emulator.command()
@home
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port (default: the last one used, else a free one)."
)
@click.option(
    "--update-groups",
    type=click.Choice(["strict", "documented"]),
    help="Which options of a serving deployment may change in one update (default: strict).",
)
@click.option("--control", is_flag=True, help="Let programs of this machine order failures up, at /emulator.")
def start(home: Path | None, port: int | None, update_groups: str | None, control: bool) -> None:
    """Start it, and bring its deployments back."""
    from reconciler.app.local import start as run

    running = run(home, port, options.say, update_groups, control)
    options.hush()
    click.echo(f"running at {running.endpoint} (pid {running.pid})")
    click.echo(f"OCI config file: {running.config_file}")
    click.echo(f"compartment: {running.compartment}")


@emulator.command()
@home
def stop(home: Path | None) -> None:
    """Stop it and its model servers; what it knows stays."""
    from reconciler.app.local import stop as run

    stopped = run(home)
    options.hush()
    click.echo("stopped" if stopped else "it was not running")


@emulator.command()
@home
def status(home: Path | None) -> int:
    """Say whether it runs, and where. Ends with 1 when it does not."""
    from reconciler.app.local import status as look

    running = look(home)
    if running is None:
        click.echo("not running")
        return Exit.FAILED
    click.echo(f"running at {running.endpoint} (pid {running.pid})")
    click.echo(f"OCI config file: {running.config_file}")
    return Exit.DONE
