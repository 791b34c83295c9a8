"""What stands behind a deployment's predict endpoint: real tritonserver processes, one per instance.

`check()` says whether Triton can run here; a `Fleet` runs the servers of one deployment, replaces them
without a failed request and passes inference requests on. It must not know the control plane: no OCIDs, no
lifecycle states, no database.
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
