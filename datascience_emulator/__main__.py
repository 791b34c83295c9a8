"""`python -m datascience_emulator serve --home DIR`, and `claim`, which makes DIR a home or says why not.

Reads arguments, prints errors, nothing else.
"""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from datascience_emulator.api.routes import NAMES
from datascience_emulator.claim import HomeUnusable
from datascience_emulator.faults.forms import MAX_SECONDS, from_text
from datascience_emulator.faults.orders import Order
from datascience_emulator.home import Home, HomeLocked
from datascience_emulator.lifecycle.progression import Progression, parse_progression
from datascience_emulator.process import PortTaken, serve
from datascience_emulator.readings import Readings
from datascience_emulator.settings import Settings
from datascience_emulator.store.store import StoreError


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when it was told to stop, 1 when it could not start."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.verb == "claim":
        return _told(lambda: Home(options.home).claim())
    readings = _readings(parser, options.reading)
    logging.basicConfig(
        level=options.log_level.upper(),
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    settings = Settings(
        options.home,
        options.progression,
        readings=readings,
        control=options.control,
        orders=tuple(options.fault),
        latency=options.latency,
        ephemeral=options.ephemeral,
    )
    return _told(lambda: serve(settings, options.port))


def _told(run: Callable[[], None]) -> int:
    try:
        run()
    except (HomeLocked, HomeUnusable, PortTaken, StoreError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """In one line: whoever starts the process shows what it said last."""
        self.exit(2, f"error: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m datascience_emulator", description="A local OCI Data Science.")
    verbs = parser.add_subparsers(required=True, dest="verb")
    claim = verbs.add_parser("claim", help="make the folder a home, unless it holds anything else")
    claim.add_argument("--home", type=Path, required=True, help="a new folder, an empty one, or a home")
    verb = verbs.add_parser("serve", help="run the emulator in the foreground until SIGTERM")
    verb.add_argument("--home", type=Path, required=True, help="folder that holds all its state")
    verb.add_argument(
        "--port", type=_port, help="port of 127.0.0.1 (default: the one used last, else a free one)"
    )
    verb.add_argument(
        "--progression",
        type=_progression,
        default="immediate",
        help="how long asynchronous work takes beyond the real work: immediate, reads:N or seconds:T",
    )
    verb.add_argument(
        "--reading",
        action="append",
        default=[],
        metavar="NAME=CHOICE",
        help="choose how an undocumented behaviour is read (docs/emulator/reference.md lists them)",
    )
    verb.add_argument("--latency", type=_seconds, default=0.0, help="seconds that every answer is late")
    verb.add_argument(
        "--fault",
        action="append",
        type=_fault,
        default=[],
        metavar="FAULT[,operation=PATTERN][,times=N|,lasts=S][,probability=P][,seconds=S][,deployment=OCID]",
        help="order a fault from the start; times=0: without end (docs/emulator/testing.md)",
    )
    verb.add_argument(
        "--control",
        action="store_true",
        help="open the control API at /emulator (faults, progression, images) to local programs, unsigned",
    )
    verb.add_argument("--ephemeral", action="store_true", help="begin anew, and keep nothing at the end")
    verb.add_argument("--log-level", choices=("debug", "info", "warning"), default="info")
    return parser


def _readings(parser: argparse.ArgumentParser, texts: list[str]) -> Readings:
    try:
        return Readings.parse(texts)
    except ValueError as error:
        parser.error(str(error))


def _port(text: str) -> int:
    if not text.isdigit() or not 0 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; 0 to 65535")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MAX_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds; 0 to {MAX_SECONDS}")
    return seconds


def _fault(text: str) -> Order:
    try:
        return from_text(text, NAMES)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _progression(text: str) -> Progression:
    try:
        return parse_progression(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
