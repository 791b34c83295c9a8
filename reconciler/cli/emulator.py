"""emulator start, stop, status: the local cloud."""

from pathlib import Path
from typing import Any

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
    "--reading",
    "readings",
    multiple=True,
    metavar="NAME=CHOICE",
    help="Take another reading of what no source says of the service (docs/emulator.md).",
)
@click.option(
    "--progression",
    metavar="PACE",
    help="How long work takes beyond the real work: immediate (the default), reads:N or seconds:T.",
)
@click.option("--latency", type=click.FloatRange(0), metavar="S", help="Give every answer S seconds late.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="SPEC",
    help="Order a failure from the start, such as unavailable,operation=list_*,times=0,probability=0.1 "
    "(docs/emulator-testing.md).",
)
@click.option("--control", is_flag=True, help="Let programs of this machine order failures up, at /emulator.")
@click.option("--ephemeral", is_flag=True, help="Begin anew, and keep nothing at the end.")
def start(home: Path | None, port: int | None, **given: Any) -> None:
    """Start it, and bring its deployments back."""
    from reconciler.app.local import Options
    from reconciler.app.local import start as run

    running = run(home, port, options.say, Options(**given))
    options.hush()
    click.echo(f"running at {running.endpoint} (pid {running.pid})")
    click.echo(f"OCI config file: {running.config_file}")
    click.echo(f"compartment: {running.compartment}")


@emulator.command()
@home
def stop(home: Path | None) -> None:
    """Stop it and its model servers; what it knows stays, unless it is ephemeral."""
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
