"""emulator start, stop, status: the local cloud."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import emulator_values as values
from reconciler.cli import options, streams
from reconciler.core.model.errors import Exit

if TYPE_CHECKING:
    from reconciler.app.local import Running


@click.group(cls=options.Verbs)
def emulator() -> None:
    """The local OCI Data Science, with real Triton servers."""


home = click.option(
    "--home",
    type=options.Place(file_okay=False),
    help="Where it keeps its state: a new folder, an empty one, or one that it has made (default: as the "
    "target local of reconciler.yaml says; outside of a repository, a folder in XDG_STATE_HOME, or else in "
    "~/.local/state).",
)


@emulator.command()
@home
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port (default: the last one used, else a free one)."
)
@click.option(
    "--reading",
    "readings",
    type=values.reading,
    shell_complete=values.complete_reading,
    multiple=True,
    metavar="NAME=CHOICE",
    help="Choose how an undocumented behaviour is read (docs/emulator/reference.md); may be repeated.",
)
@click.option(
    "--progression",
    type=values.progression,
    shell_complete=values.complete_progression,
    metavar="PACE",
    help="How long work takes beyond the real work: immediate (the default), reads:N or seconds:T.",
)
@click.option(
    "--latency",
    type=click.FloatRange(0, values.MAX_SECONDS),
    metavar="S",
    help="Give every answer S seconds late.",
)
@click.option(
    "--fault",
    "faults",
    type=values.fault,
    shell_complete=values.complete_fault,
    multiple=True,
    metavar="KIND[,…]",
    help="Order a fault from the start, such as unavailable,operation=list_*,times=0,probability=0.1; may be "
    f"repeated. Kinds: {', '.join(values.FAULTS)} (docs/emulator/testing.md).",
)
@click.option(
    "--control",
    is_flag=True,
    help="Open the control API at /emulator (faults, progression, images) to local programs.",
)
@click.option("--ephemeral", is_flag=True, help="Begin anew, and keep nothing at the end.")
@streams.goes_on
def start(home: Path | None, **given: Any) -> None:
    """Start it, and bring its deployments back.

    What is not given is as usual. How it was started is kept in its home, faults excepted: when it has
    ended, whatever else needs it, such as plan and apply, starts it so again. One that was ephemeral is
    forgotten when it is stopped.
    """
    from reconciler.app.local import Options
    from reconciler.app.local import start as run

    running = run(_found(home), options.say, Options(**given))
    options.hush()
    _show(running)


@emulator.command()
@home
@streams.goes_on
def stop(home: Path | None) -> None:
    """Stop it and its model servers.

    What it knows stays, unless it is ephemeral.
    """
    from reconciler.app.local import stop as run

    stopped = run(_found(home))
    options.hush()
    click.echo("stopped" if stopped else "it was not running")


@emulator.command()
@home
@options.formats("text", "json")
def status(home: Path | None, form: str) -> int:
    """Say whether it runs, where, and how.

    Ends with 1 when it does not run.
    """
    from reconciler.app.local import status as look

    running = look(_found(home))
    if form == "json":
        known = asdict(running) if running is not None else {}
        options.document({"running": running is not None, **known})
    elif running is not None:
        _show(running)
    else:
        click.echo("not running")
    return Exit.DONE if running is not None else Exit.FAILED


def _found(home: Path | None) -> Path:
    """Its home; a person is told of one that nobody has named."""
    from reconciler.app.local import home_of

    found, unnamed = home_of(home)
    if unnamed:
        options.note(f"no reconciler.yaml here or above: its state is in {found}")
    return found


def _show(running: "Running") -> None:
    click.echo(f"running at {running.endpoint} (pid {running.pid})")
    click.echo(f"OCI config file: {running.config_file}")
    click.echo(f"compartment: {running.compartment}")
    for line in _unusual(running):
        click.echo(line)


def _unusual(running: "Running") -> Iterator[str]:
    """What differs from a start without options."""
    yield from (f"reading: {one}" for one in _other_readings(running.readings))
    if running.progression != values.DEFAULT_PROGRESSION:
        yield f"progression: {running.progression}"
    if running.latency:
        yield f"latency: {running.latency:g} s"
    if running.control:
        yield f"control API: {running.endpoint}/emulator"
    if running.ephemeral:
        yield "ephemeral: keeps nothing at the end"


def _other_readings(readings: Mapping[str, str]) -> Iterator[str]:
    for name, choice in readings.items():
        option = name.replace("_", "-")
        if choice != values.READINGS.get(option, ("",))[0]:
            yield f"{option}={choice}"
