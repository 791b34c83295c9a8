"""What one emulator is started with. Values only: nothing here reads or writes files."""

from dataclasses import dataclass, field
from pathlib import Path

from datascience_emulator.api.keys import NewKey, new_key
from datascience_emulator.faults.orders import Order
from datascience_emulator.lifecycle.progression import Immediate, Progression
from datascience_emulator.readings import Readings
from datascience_emulator.wire.limits import Limits
from datascience_emulator.wire.predicting import ServersAs


@dataclass(frozen=True, slots=True)
class Settings:
    """`home` holds all state. `progression` says how long asynchronous work takes beyond the real work.

    `readings`: the choices where no source says what the service does. `control`: whether the control API is
    open. `orders`: faults that are ordered from the start. `latency`: seconds that every answer is late.
    `ephemeral`: the state is not kept, so that nothing waits for the disk. `new_key` makes the keys of a new
    home. `limits`: the service's own, unless a test needs smaller ones. `servers`: what model servers run as.
    """

    home: Path
    progression: Progression = field(default_factory=Immediate)
    region: str = "us-ashburn-1"
    readings: Readings = field(default_factory=Readings)
    control: bool = False
    orders: tuple[Order, ...] = ()
    latency: float = 0.0
    ephemeral: bool = False
    new_key: NewKey = new_key
    limits: Limits = field(default_factory=Limits)
    servers: ServersAs = ServersAs.LOCAL
