"""`python -m reconciler.emulator serve --home DIR`: reads arguments, prints errors, nothing else."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from .home import HomeLocked, HomeUnusable
from .process import PortTaken, serve
from .progression import Progression, parse_progression
from .readings import Readings
from .settings import Settings
from .store import StoreError


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when it was told to stop, 1 when it could not start."""
    parser = _parser()
    options = parser.parse_args(arguments)
    readings = _readings(parser, options.reading)
    logging.basicConfig(
        level=options.log_level.upper(),
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    try:
        settings = Settings(
            options.home,
            options.progression,
            readings=readings,
            control=options.control,
        )
        serve(settings, options.port)
    except (HomeLocked, HomeUnusable, PortTaken, StoreError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m reconciler.emulator", description="A local OCI Data Science."
    )
    verbs = parser.add_subparsers(required=True)
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
        help="take another reading of what no source says (docs/emulator.md lists them)",
    )
    verb.add_argument(
        "--control",
        action="store_true",
        help="take orders for failures at /emulator/orders (programs of this machine, unsigned)",
    )
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


def _progression(text: str) -> Progression:
    try:
        return parse_progression(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
