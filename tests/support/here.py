"""The local cloud of a workspace in the process of the tests, with real model servers: the command finds it
as it finds one that is a process of its own, and no test waits for an interpreter to start.

What is about that process (how it is started, stopped, killed) must not use it.
"""

import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from datascience_emulator.app.settings import Settings
from datascience_emulator.embedded import Embedded, ReusedKeys
from datascience_emulator.home.home import Home
from datascience_emulator.lifecycle.progression import Immediate
from datascience_emulator.process.emulator_json import Running
from datascience_emulator.version import __version__

_RUNNING: dict[Path, Embedded] = {}


def start_here(home: Path, load: Callable[[], Any] | None = None, **more: Any) -> Embedded:
    """Start one with the usual options and these settings, and say in its home where it is.

    `load`: what gives another thing than Triton that serves.
    """
    home.mkdir(parents=True, exist_ok=True)
    settings = Settings(home, **{"progression": Immediate(), "new_key": ReusedKeys(), **more})
    emulator = _RUNNING[home] = Embedded(settings, load)
    running = Running(
        endpoint=emulator.endpoint,
        pid=os.getpid(),
        config_file=str(emulator.config_file.resolve()),
        region=settings.region,
        tenancy=emulator.tenancy,
        user=emulator.config["user"],
        compartment=emulator.compartment,
        version=__version__,
        readings=asdict(settings.readings),
        progression=str(settings.progression),
        latency=settings.latency,
        control=settings.control,
        ephemeral=settings.ephemeral,
        servers=settings.servers,
    )
    Home(home).announce(asdict(running))
    return emulator


def stop_here(home: Path) -> None:
    Home(home).withdraw()
    _RUNNING.pop(home).close()


def stop_all() -> None:
    for home in list(_RUNNING):
        stop_here(home)
