"""What the operations of one running emulator work with."""

from dataclasses import dataclass, field

from datascience_emulator.readings import Readings
from datascience_emulator.store.blobs import Blobs
from datascience_emulator.store.store import Store
from datascience_emulator.telemetry.metrics import Metrics
from datascience_emulator.telemetry.server_logs import ServerLogs
from datascience_emulator.wire.images import Registries
from datascience_emulator.wire.limits import Limits, Rate
from datascience_emulator.wire.predicting import Servers


@dataclass(frozen=True, slots=True)
class Cloud:
    """The local cloud. Operations decide from its store and the call, and start no work themselves: their
    answer names it.

    `blobs`: content on disk, for operations whose bodies are streams. `servers`: the running model servers.
    `rate`: of predict requests. `registries`: real ones, which are asked for images; None when the emulator's
    own records are all that counts.
    """

    store: Store
    blobs: Blobs
    servers: Servers
    logs: ServerLogs
    region: str
    readings: Readings
    limits: Limits
    rate: Rate
    metrics: Metrics = field(default_factory=Metrics)
    registries: Registries | None = None
