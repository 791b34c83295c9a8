"""HOME/emulator.json, which tells clients how to reach a running emulator."""

import json
from dataclasses import dataclass

from datascience_emulator.home.home import Home


@dataclass(frozen=True, slots=True)
class Running:
    """A running emulator. The fields have the names that they have in the file."""

    endpoint: str
    pid: int
    config_file: str
    region: str
    tenancy: str
    user: str
    compartment: str
    version: str
    readings: dict[str, str]
    progression: str
    latency: float
    control: bool
    ephemeral: bool
    servers: str


def read_emulator_json(home: Home) -> Running | None:
    """The content of the file; None when there is none, or one of another version. It may be out of date: a
    process that was killed leaves it behind.
    """
    try:
        running = Running(**json.loads(home.emulator_json.read_text()))
        return running if running.pid > 1 else None
    except (OSError, ValueError, TypeError):
        return None
