"""The emulator in the foreground: its lock, its port, its HTTP server, its emulator.json, and signals."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path

import uvicorn

from datascience_emulator.api.http_server import HOST, bind, configuration, url
from datascience_emulator.app.create_app import create_app
from datascience_emulator.app.settings import Settings
from datascience_emulator.home.claim import HomeUnusable, discard
from datascience_emulator.home.home import Home
from datascience_emulator.lifecycle.progression import Progression
from datascience_emulator.process.emulator_json import Running
from datascience_emulator.readings import Readings
from datascience_emulator.store.store import Store
from datascience_emulator.version import __version__

_LOG = logging.getLogger(__name__)


class PortTaken(Exception):
    """The port is in use; the message says what to do."""


def serve(settings: Settings, port: int | None) -> None:
    """Run until SIGTERM or SIGINT. Raises HomeLocked, HomeUnusable, PortTaken or StoreError before anything
    is started.
    """
    os.umask(0o077)  # for the files that model servers write, too
    home = Home(settings.home)
    with home.lock(), _state(settings) as state:
        home.withdraw()  # left by a process that was killed
        announcement = _Announcement(home, Home(state), _options(settings, port))
        app = create_app(replace(settings, home=state), progressed=announcement.progressed)
        store = app.state.cloud.store
        listener = _listen(store, port)
        try:
            announcement.running = _running(Home(state), store, settings, url(listener))
            asyncio.run(_Server(configuration(app), url(listener), announcement).serve([listener]))
        finally:
            home.withdraw()
            listener.close()


@contextmanager
def _state(settings: Settings) -> Iterator[Path]:
    """The folder of the state. An ephemeral one is deleted afterwards, or by the next start after a kill."""
    ephemeral = settings.home / "ephemeral"
    discard(ephemeral)
    try:
        yield ephemeral if settings.ephemeral else settings.home
    finally:
        with suppress(HomeUnusable):
            discard(ephemeral)


class _Announcement:
    """Tells clients where the emulator runs, in its home, and keeps that true. Once it runs, also keeps the
    options that it was started with, in the folder of its state: those of an ephemeral one go with it.
    """

    def __init__(self, home: Home, state: Home, options: dict[str, object]) -> None:
        self._home, self._state, self._options = home, state, options
        self.running: Running | None = None

    def started(self) -> None:
        self._state.keep_options(self._options)
        self._announce()

    def progressed(self, progression: Progression) -> None:
        if self.running is not None:
            self.running = replace(self.running, progression=str(progression))
            self._announce()

    def _announce(self) -> None:
        if self.running is not None:
            self._home.announce(asdict(self.running))


class _Server(uvicorn.Server):
    """uvicorn, which announces itself once it answers, and ends with status 0 when it is told to stop."""

    def __init__(self, config: uvicorn.Config, endpoint: str, announcement: _Announcement) -> None:
        super().__init__(config)
        self._endpoint, self._announcement = endpoint, announcement

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announcement.started()
            _LOG.info("the emulator answers at %s", self._endpoint)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        yield

    def _stop(self) -> None:
        # Never `force_exit`, even after several signals: the model servers have to be stopped first.
        self.should_exit = True


def _running(home: Home, store: Store, settings: Settings, endpoint: str) -> Running:
    return Running(
        endpoint=endpoint,
        pid=os.getpid(),
        config_file=str(home.config_file.resolve()),
        region=settings.region,
        tenancy=str(store.meta("tenancy")),
        user=str(store.meta("user")),
        compartment=str(store.meta("compartment")),
        version=__version__,
        readings=asdict(settings.readings),
        progression=str(settings.progression),
        latency=settings.latency,
        control=settings.control,
        ephemeral=settings.ephemeral,
        servers=settings.servers,
    )


def _options(settings: Settings, port: int | None) -> dict[str, object]:
    """The options to keep for the next start. Faults are not among them: they are for one start alone."""
    defaults = asdict(Readings())
    readings = asdict(settings.readings).items()
    return {
        "port": port or None,
        "readings": {name.replace("_", "-"): choice for name, choice in readings if choice != defaults[name]},
        "progression": str(settings.progression),
        "latency": settings.latency,
        "control": settings.control,
        "ephemeral": settings.ephemeral,
        "servers": settings.servers,
    }


def _listen(store: Store, port: int | None) -> socket.socket:
    """On `port` if it is given; else on the port used last, so that clients still find it; else on any."""
    if port:
        listener = bind(port)
        if listener is None:
            raise PortTaken(
                f"port {port} of {HOST} is in use; stop what uses it, or choose another with --port "
                "(without --port a free one is taken)"
            )
    else:
        listener = bind(int(store.meta("port") or 0)) or bind(0)
        if listener is None:
            raise PortTaken(f"no port of {HOST} is free")
    with store.transaction():
        store.set_meta("port", str(listener.getsockname()[1]))
    return listener
