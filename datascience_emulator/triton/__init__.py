"""Real tritonserver processes behind a deployment's predict endpoint: one server for each instance.

`check()` raises if Triton cannot run here. A `Fleet` runs the servers of one deployment, replaces them
without a failed request, and passes inference requests on to them. This package must not know the control
plane: no OCIDs, no lifecycle states, no store.
"""

from datascience_emulator.triton.fleet import Fleet
from datascience_emulator.triton.runtime import check
from datascience_emulator.triton.values import (
    NotServing,
    Reply,
    Revision,
    ServerFailed,
    ServingUnavailable,
    Stream,
)

__all__ = [
    "Fleet",
    "NotServing",
    "Reply",
    "Revision",
    "ServerFailed",
    "ServingUnavailable",
    "Stream",
    "check",
]
