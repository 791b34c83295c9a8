"""emulator start, stop, status: the local cloud."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import emulator_options, shared_options
from reconciler.cli.argument_types import FilePath, VerbGroup
from reconciler.cli.output import printing, streams
from reconciler.core.model.errors import Exit

if TYPE_CHECKING:
    from reconciler.app.local_emulator import Running


API_VERSION = "reconciler.oci/emulator.v1"
"""Of the document of `status` (schemas/emulator.v1.json)."""


@click.group(cls=VerbGroup)
def emulator() -> None:
    """The local OCI Data Science, with real Triton servers."""


home_option = click.option(
    "--home",
    type=FilePath(file_okay=False),
    help="Where it keeps its state: a new folder, an empty one, or one that it has made (default: as the "
    "target local of reconciler.yaml says; outside of a repository, a folder in XDG_STATE_HOME, or else in "
    "~/.local/state).",
)


@emulator.command()
@home_option
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port (default: the last one used, else a free one)."
)
@click.option(
    "--reading",
    "readings",
    type=emulator_options.reading,
    shell_complete=emulator_options.complete_reading,
    multiple=True,
    metavar="NAME=CHOICE",
    help="Choose how an undocumented behaviour is read (docs/emulator/reference.md); may be repeated.",
)
@click.option(
    "--progression",
    type=emulator_options.progression,
    shell_complete=emulator_options.complete_progression,
    metavar="PACE",
    help="How long work takes beyond the real work: immediate (the default), reads:N or seconds:T.",
)
@click.option(
    "--latency",
    type=click.FloatRange(0, emulator_options.MAX_SECONDS),
    metavar="S",
    help="Give every answer S seconds late.",
)
@click.option(
    "--fault",
    "faults",
    type=emulator_options.fault,
    shell_complete=emulator_options.complete_fault,
    multiple=True,
    metavar="KIND[,…]",
    help="Order a fault from the start, such as unavailable,operation=list_*,times=0,probability=0.1; may be "
    f"repeated. Kinds: {', '.join(emulator_options.FAULTS)} (docs/emulator/testing.md).",
)
@click.option(
    "--control",
    is_flag=True,
    help="Open the control API at /emulator (faults, progression, images) to local programs.",
)
@click.option(
    "--servers",
    type=click.Choice(emulator_options.SERVERS),
    help="What model servers run as: local processes of Triton, whatever the image (the default), or docker "
    "containers of the deployments' own images.",
)
@click.option("--ephemeral", is_flag=True, help="Begin anew, and keep nothing at the end.")
@streams.goes_on_without_reader
def start(home: Path | None, **start_options: Any) -> None:
    """Start it, and bring its deployments back.

    What is not given has its default. How it was started is kept in its home, faults excepted: when it has
    ended and another verb needs it, such as plan or apply, it is started in the same way. An emulator that
    is ephemeral is forgotten when it is stopped.
    """
    from reconciler.app import local_emulator

    running = local_emulator.start(_home(home), printing.say, local_emulator.Options(**start_options))
    printing.hush()
    _print_running(running)


@emulator.command()
@home_option
@streams.goes_on_without_reader
def stop(home: Path | None) -> None:
    """Stop it and its model servers.

    Its state stays, unless it is ephemeral.
    """
    from reconciler.app import local_emulator

    stopped = local_emulator.stop(_home(home))
    printing.hush()
    click.echo("stopped" if stopped else "it was not running")


@emulator.command()
@home_option
@shared_options.formats("text", "json")
def status(home: Path | None, form: str) -> int:
    """Say whether it runs, where, and how.

    Ends with 1 when it does not run.
    """
    from reconciler.app import local_emulator

    running = local_emulator.status(_home(home))
    if form == "json":
        details = asdict(running) if running is not None else {}
        head = {"apiVersion": API_VERSION, "running": running is not None}
        printing.print_document({**head, **details})
    elif running is not None:
        _print_running(running)
    else:
        click.echo("not running")
    return Exit.DONE if running is not None else Exit.FAILED


def _home(named: Path | None) -> Path:
    """The emulator's home. If neither the user nor a repository names one, say which it is."""
    from reconciler.app.local_emulator import home_of

    home, is_default = home_of(named)
    if is_default:
        printing.note(f"no reconciler.yaml here or above: its state is in {home}")
    return home


def _print_running(running: "Running") -> None:
    click.echo(f"running at {running.endpoint} (pid {running.pid})")
    click.echo(f"OCI config file: {running.config_file}")
    click.echo(f"compartment: {running.compartment}")
    for line in _unusual(running):
        click.echo(line)


def _unusual(running: "Running") -> Iterator[str]:
    """What differs from a start without options."""
    yield from (f"reading: {reading}" for reading in _unusual_readings(running.readings))
    if running.progression != emulator_options.DEFAULT_PROGRESSION:
        yield f"progression: {running.progression}"
    if running.latency:
        yield f"latency: {running.latency:g} s"
    if running.servers != emulator_options.SERVERS[0]:
        yield f"servers: {running.servers}"
    if running.control:
        yield f"control API: {running.endpoint}/emulator"
    if running.ephemeral:
        yield "ephemeral: keeps nothing at the end"


def _unusual_readings(readings: Mapping[str, str]) -> Iterator[str]:
    for name, choice in readings.items():
        option = name.replace("_", "-")
        if choice != emulator_options.READINGS.get(option, ("",))[0]:
            yield f"{option}={choice}"
