"""The options that an emulator is started with. Those of the last start are in HOME/options.json, or while it
is ephemeral in HOME/ephemeral/options.json.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from reconciler.adapters.emulator.home_files import FORMAT_ERRORS, read_text
from reconciler.adapters.emulator.running import Running

KEPT, EPHEMERAL = "options.json", "ephemeral"


@dataclass(frozen=True, slots=True)
class Options:
    """What to start it with; the emulator itself judges the values.

    `port`: of 127.0.0.1; else the one used last, or a free one. `readings`: NAME=CHOICE, its answers to
    what no source says. `progression`: how long asynchronous work takes. `latency`: seconds that every
    answer is late. `faults`: those that are ordered from the start. `control`: it has the control API.
    `ephemeral`: it begins anew, and keeps nothing at the end. `servers`: what model servers run as, `local`
    or `docker`.
    """

    port: int | None = None
    readings: tuple[str, ...] = ()
    progression: str | None = None
    latency: float | None = None
    faults: tuple[str, ...] = ()
    control: bool = False
    ephemeral: bool = False
    servers: str | None = None

    def arguments(self) -> list[str]:
        """The options as words of a command line."""
        return [
            *(("--port", str(self.port)) if self.port is not None else ()),
            *(word for reading in self.readings for word in ("--reading", reading)),
            *(("--progression", self.progression) if self.progression is not None else ()),
            *(("--latency", str(self.latency)) if self.latency is not None else ()),
            *(word for fault in self.faults for word in ("--fault", fault)),
            *(("--servers", self.servers) if self.servers is not None else ()),
            *(["--control"] if self.control else []),
            *(["--ephemeral"] if self.ephemeral else []),
        ]

    def clashes(self, running: Running) -> list[str]:
        """The options that an emulator which runs already does not fit, each with how it runs. Faults are for
        the start alone: nobody knows which are left of those that it was started with.
        """
        choices = {name.replace("_", "-"): choice for name, choice in running.readings.items()}
        names = [reading.partition("=")[0] for reading in self.readings]
        clashes = [
            _clash("--port", self.port, urlsplit(running.endpoint).port),
            *(
                _clash("--reading", reading, f"{name}={choices.get(name)}")
                for name, reading in zip(names, self.readings, strict=True)
            ),
            _clash("--progression", self.progression, running.progression),
            _clash("--latency", self.latency, running.latency),
            *(f"--fault {fault} (a fault is ordered at the start)" for fault in self.faults),
            _clash("--servers", self.servers, running.servers),
            "--control (it has no control API)" if self.control and not running.control else None,
            "--ephemeral (it keeps its state)" if self.ephemeral and not running.ephemeral else None,
        ]
        return [clash for clash in clashes if clash is not None]


def _clash(option: str, value: str | float | None, runs: str | float | None) -> str | None:
    return f"{option} {value} (it has {runs})" if value not in (None, runs) else None


USUAL = Options()


def kept(home: Path) -> Options:
    """The options of the last start; the usual ones where nothing is known of it. An ephemeral emulator that
    was stopped is not remembered.
    """
    for file in (home / EPHEMERAL / KEPT, home / KEPT):
        try:
            values = json.loads(read_text(file))
            return Options(
                port=None if values["port"] is None else int(values["port"]),
                readings=tuple(f"{name}={choice}" for name, choice in values["readings"].items()),
                progression=str(values["progression"]),
                latency=float(values["latency"]),
                control=values["control"] is True,
                ephemeral=values["ephemeral"] is True,
                servers=str(values.get("servers", "local")),
            )
        except FORMAT_ERRORS:
            continue
    return USUAL
