"""The emulator inside another program, for tests: on a free port, for any client, stopped at the end.

    with running() as emulator:
        client = oci.data_science.DataScienceClient(emulator.config, service_endpoint=emulator.endpoint)

It runs the same app behind the same HTTP server as the process does, in a thread.
"""

import configparser
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette

from datascience_emulator.api.http_server import bind, configuration, url
from datascience_emulator.api.keys import new_key
from datascience_emulator.app.create_app import create_app
from datascience_emulator.app.settings import Settings
from datascience_emulator.home.home import Home
from datascience_emulator.lifecycle.serving_protocol import Serving


class Embedded:
    """A running emulator. `endpoint` is that of every service, `config` the default profile of `config_file`
    as the SDK takes it, and `orders` takes orders for faults.
    """

    def __init__(self, settings: Settings, load: Callable[[], Serving] | None = None) -> None:
        """Start it on `settings.home`. Raises HomeLocked, HomeUnusable, StoreError, RuntimeError."""
        self.home = settings.home
        home = Home(settings.home)
        with ExitStack() as ends:
            ends.enter_context(home.lock())
            self.app = create_app(settings, load)
            self.endpoint = ends.enter_context(_served(self.app))
            self._ends = ends.pop_all()
        self.orders = self.app.state.orders
        store = self.app.state.cloud.store
        self.tenancy, self.compartment = str(store.meta("tenancy")), str(store.meta("compartment"))
        self.config_file = home.config_file
        self.config = _profile(home.config_file)

    def close(self) -> None:
        """Stop it and its model servers, and wait for their end."""
        self._ends.close()


@contextmanager
def running(home: Path | None = None, **settings: Any) -> Iterator[Embedded]:
    """An emulator whose deployments have real model servers. By default it keeps nothing.

    `home`: keep the state in this folder. `settings`: further fields of `Settings`, such as `progression`,
    `readings`, `latency` and `control`.
    """
    with tempfile.TemporaryDirectory(prefix="emulator-") as folder:
        defaults = {"ephemeral": home is None, "new_key": ReusedKeys() if home is None else new_key}
        emulator = Embedded(Settings(home or Path(folder), **{**defaults, **settings}))
        try:
            yield emulator
        finally:
            emulator.close()


class ReusedKeys:
    """Makes keys for homes that do not outlive the process. All instances share one sequence of keys, so that
    the process has to make each key only once.
    """

    def __init__(self) -> None:
        self._numbers = count()

    def __call__(self) -> rsa.RSAPrivateKey:
        return _key(next(self._numbers))


@cache
def _key(number: int) -> rsa.RSAPrivateKey:
    return new_key()


@contextmanager
def _served(app: Starlette) -> Iterator[str]:
    listener = bind(0)
    if listener is None:
        raise RuntimeError("no port of this machine is free")
    server = _Server(configuration(app))
    thread = threading.Thread(target=server.run, args=([listener],), name="emulator")
    thread.start()
    try:
        server.tried.wait()
        if not server.started:
            raise RuntimeError("the emulator did not start; its log says why")
        yield url(listener)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


class _Server(uvicorn.Server):
    """`tried` is set once it answers, or is known never to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.tried = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self.tried.set()


def _profile(config_file: Path) -> dict[str, str]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(config_file)
    return dict(parser["DEFAULT"])
