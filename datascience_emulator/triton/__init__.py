"""The model servers behind a deployment's predict endpoint, one for each instance: as processes of a real
tritonserver, or as what another launcher starts.

`check()` raises if Triton cannot run here. A `Fleet` runs the servers of one deployment, replaces them
without a failed request, and passes inference requests on to them. This package must not know the control
plane: no OCIDs, no lifecycle states, no store.
"""

from pathlib import Path

from datascience_emulator.triton.fleet import Fleet
from datascience_emulator.triton.local_process import LocalProcesses
from datascience_emulator.triton.runtime import check
from datascience_emulator.triton.values import (
    Container,
    NotServing,
    Reply,
    Revision,
    ServerFailed,
    ServingUnavailable,
    Stream,
)

__all__ = [
    "Container",
    "Fleet",
    "NotServing",
    "Reply",
    "Revision",
    "ServerFailed",
    "ServingUnavailable",
    "Stream",
    "check",
    "new_fleet",
]


def new_fleet(name: str, work_dir: Path, log_dir: Path) -> Fleet:
    """A fleet of tritonserver processes."""
    return Fleet(name, LocalProcesses(work_dir.resolve()), log_dir)
