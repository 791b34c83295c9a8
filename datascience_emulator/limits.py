"""Limits that the service documents and that take long, or much, to reach: a test may start an emulator with
smaller ones. Values only.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The service's own, unless given: of predict (docs/service.md §4.6) and of Object Storage (§9).

    `predict_seconds`: until the whole answer is there; of a stream, until its head is.
    `predict_rate`: requests in a second, of the whole tenancy.
    `object_bytes`: of an object, or a part of one, in one request.
    """

    predict_seconds: float = 60.0
    predict_rate: float = 150.0
    object_bytes: int = 50 * 2**30
