"""The arguments of `datascience-emulator`: its verbs, their options, and what each option may be."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from datascience_emulator.app.routes import NAMES
from datascience_emulator.cli.verify_options import VERIFY, add_verify_options
from datascience_emulator.faults.order_format import MAX_SECONDS, from_text
from datascience_emulator.faults.orders import Order
from datascience_emulator.lifecycle.progression import Progression, parse_progression
from datascience_emulator.readings import Readings
from datascience_emulator.wire.predicting import ServersAs

HOME = Path(".datascience-emulator")
"""Where the state is kept unless --home says otherwise: in the working directory."""


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Ends the process with status 2 and one line on standard error when the arguments make no sense."""
    parser = _Parser(
        prog="datascience-emulator", description="A local OCI Data Science, with real Triton servers."
    )
    verbs = parser.add_subparsers(required=True, dest="verb")
    start = verbs.add_parser("start", help="start the emulator in the background and wait until it answers")
    stop = verbs.add_parser("stop", help="stop the emulator and its model servers")
    status = verbs.add_parser("status", help="say whether it runs, where and how; ends with 1 if it does not")
    serve = verbs.add_parser("serve", help="run the emulator in the foreground until SIGTERM")
    claim = verbs.add_parser("claim", help="make the folder a home, unless it holds anything else")
    verify = verbs.add_parser(
        "verify",
        help="ask a tenancy, or a local cloud, what no source says (docs/emulator/verify.md)",
        description=VERIFY,
    )
    for verb in (start, stop, status, serve, claim, verify):
        verb.add_argument(
            "--home",
            type=Path,
            default=HOME,
            help=f"folder of all its state: a new one, an empty one, or a home (default: {HOME})",
        )
    for verb in (start, stop, status, verify):
        verb.add_argument("--format", choices=("text", "json"), default="text", help="what it prints")
    _add_settings(start, _fault_text)
    _add_settings(serve, _fault)
    add_verify_options(verify)
    serve.add_argument("--log-level", choices=("debug", "info", "warning"), default="info")
    options = parser.parse_args(arguments)
    if "reading" in options:
        options.readings = _readings(parser, options.reading)
    return options


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """In one line: whoever starts the process shows its last line."""
        self.exit(2, f"error: {message}\n")


def _add_settings(verb: argparse.ArgumentParser, fault: Callable[[str], object]) -> None:
    """The options that say how the emulator runs."""
    verb.add_argument(
        "--port", type=_port, help="port of 127.0.0.1 (default: the one used last, else a free one)"
    )
    verb.add_argument(
        "--progression",
        type=_progression,
        help="how long asynchronous work takes beyond the real work: immediate (the default), reads:N or "
        "seconds:T",
    )
    verb.add_argument(
        "--reading",
        action="append",
        default=[],
        metavar="NAME=CHOICE",
        help="choose how an undocumented behaviour is read (docs/emulator/reference.md lists them)",
    )
    verb.add_argument("--latency", type=_seconds, help="seconds that every answer is late (default: 0)")
    verb.add_argument(
        "--fault",
        action="append",
        type=fault,
        default=[],
        metavar="FAULT[,operation=PATTERN][,times=N|,lasts=S][,probability=P][,seconds=S][,deployment=OCID]"
        "[,limit=NAME]",
        help="order a fault from the start; times=0: without end (docs/emulator/testing.md)",
    )
    verb.add_argument(
        "--control",
        action="store_true",
        help="open the control API at /emulator (faults, progression, images) to local programs, unsigned",
    )
    verb.add_argument(
        "--servers",
        choices=[str(one) for one in ServersAs],
        help="what model servers run as: local processes of Triton, whatever the image (the default), or "
        "docker containers of the deployments' own images (docs/emulator/containers.md)",
    )
    verb.add_argument("--ephemeral", action="store_true", help="begin anew, and keep nothing at the end")


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


def _fault_text(text: str) -> str:
    """The text itself, which `start` hands on, once it is found to be right."""
    _fault(text)
    return text


def _progression(text: str) -> Progression:
    try:
        return parse_progression(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
