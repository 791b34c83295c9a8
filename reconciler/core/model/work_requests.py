"""What the service says of the work it goes on doing after it has answered a request."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that the service goes on working on; `work_request` is its OCID, or empty if there is
    none.
    """

    ocid: str
    work_request: str
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class WorkProgress:
    """How far a work request is: `percent` 0 to 100; `failed` and `done` when it has ended."""

    percent: float
    done: bool
    failed: bool
    message: str = ""
