"""The verbs of `datascience-emulator`, and what each prints."""

import json
import logging
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from io import TextIOWrapper
from urllib.parse import urlsplit

from datascience_emulator.app.settings import Settings
from datascience_emulator.cli.arguments import parse
from datascience_emulator.home.claim import HomeUnusable
from datascience_emulator.home.home import Home, HomeLocked
from datascience_emulator.lifecycle.progression import Immediate
from datascience_emulator.process import background
from datascience_emulator.process.background import NotStarted, NotStopped
from datascience_emulator.process.emulator_json import Running
from datascience_emulator.process.serve import PortTaken, serve
from datascience_emulator.readings import Readings
from datascience_emulator.store.store import StoreError
from datascience_emulator.wire.predicting import ServersAs

PROFILE = "DEFAULT"
"""Of the OCI config file: it signs with an API key."""


class _Refused(Exception):
    """What was asked for cannot be done; the message says why and what to do."""


_FAILURES = (HomeLocked, HomeUnusable, NotStarted, NotStopped, PortTaken, StoreError, _Refused)


def run(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 when it is done, 1 when it failed, or when `status` finds nothing running."""
    options = parse(arguments)
    try:
        code, text = _VERBS[options.verb](options)
    except _FAILURES as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    try:
        if isinstance(sys.stdout, TextIOWrapper):  # what its encoding does not have is shown all the same
            sys.stdout.reconfigure(errors="backslashreplace")
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads the output has left, and what was to be done is done
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


_Done = tuple[int, str]
"""The exit code, and the output."""


def _start(options: Namespace) -> _Done:
    running, ran_before = background.start(Home(options.home), list(_serve_arguments(options)))
    if ran_before and (others := list(_differences(options, running))):
        raise _Refused(
            f"{options.home}: the emulator runs already, and not with {', '.join(others)}; leave that out, "
            f"or stop it first: datascience-emulator stop --home {options.home}"
        )
    return 0, _shown(options, running)


def _serve_arguments(options: Namespace) -> Iterator[str]:
    for name in ("port", "progression", "latency", "servers"):
        if (value := getattr(options, name)) is not None:
            yield f"--{name}={value}"
    yield from (f"--{name}={text}" for name in ("reading", "fault") for text in getattr(options, name))
    yield from (f"--{name}" for name in ("control", "ephemeral") if getattr(options, name))


def _differences(options: Namespace, running: Running) -> Iterator[str]:
    """The options that an emulator which runs already does not have. Faults are for a start alone."""
    if options.port not in (None, 0, urlsplit(running.endpoint).port):
        yield f"--port {options.port}"
    if options.progression is not None and str(options.progression) != running.progression:
        yield f"--progression {options.progression}"
    if options.latency not in (None, running.latency):
        yield f"--latency {options.latency:g}"
    for text in options.reading:
        name, _, choice = text.partition("=")
        if running.readings.get(name.replace("-", "_")) != choice:
            yield f"--reading {text}"
    yield from (f"--fault {text}" for text in options.fault)
    if options.servers not in (None, running.servers):
        yield f"--servers {options.servers}"
    if options.control and not running.control:
        yield "--control"
    if options.ephemeral and not running.ephemeral:
        yield "--ephemeral"


def _stop(options: Namespace) -> _Done:
    stopped = background.stop(Home(options.home))
    if options.format == "json":
        return 0, _json({"stopped": stopped})
    return 0, "stopped\n" if stopped else "it was not running\n"


def _status(options: Namespace) -> _Done:
    running = background.find(Home(options.home))
    return 0 if running is not None else 1, _shown(options, running)


def _serve(options: Namespace) -> _Done:
    logging.basicConfig(
        level=options.log_level.upper(),
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    settings = Settings(
        options.home,
        options.progression or Immediate(),
        readings=options.readings,
        control=options.control,
        orders=tuple(options.fault),
        latency=options.latency or 0.0,
        ephemeral=options.ephemeral,
        servers=ServersAs(options.servers or ServersAs.LOCAL),
    )
    serve(settings, options.port)
    return 0, ""


def _claim(options: Namespace) -> _Done:
    Home(options.home).claim()
    return 0, ""


def _verify(options: Namespace) -> _Done:
    from datascience_emulator.cli.verify import VerifyRefused, verify  # a client, which the others need not

    try:
        return verify(options)
    except VerifyRefused as error:
        raise _Refused(str(error)) from error


_VERBS: dict[str, Callable[[Namespace], _Done]] = {
    "start": _start,
    "stop": _stop,
    "status": _status,
    "serve": _serve,
    "claim": _claim,
    "verify": _verify,
}


# -- output


def _shown(options: Namespace, running: Running | None) -> str:
    if options.format == "json":
        known = {**asdict(running), "profile": PROFILE} if running is not None else {}
        return _json({"running": running is not None, **known})
    return "not running\n" if running is None else "".join(f"{line}\n" for line in _lines(running))


def _lines(running: Running) -> Iterator[str]:
    yield f"running at {running.endpoint} (pid {running.pid})"
    yield f"OCI config file: {running.config_file}"
    yield f"profile: {PROFILE} (SESSION signs with a session token)"
    yield f"compartment: {running.compartment}"
    defaults = asdict(Readings())
    for name, choice in running.readings.items():
        if choice != defaults.get(name):
            yield f"reading: {name.replace('_', '-')}={choice}"
    if running.progression != str(Immediate()):
        yield f"progression: {running.progression}"
    if running.latency:
        yield f"latency: {running.latency:g} s"
    if running.servers != ServersAs.LOCAL:
        yield f"servers: {running.servers}"
    if running.control:
        yield f"control API: {running.endpoint}/emulator"
    if running.ephemeral:
        yield "ephemeral: keeps nothing at the end"


def _json(document: dict[str, object]) -> str:
    return json.dumps(document, indent=2) + "\n"
