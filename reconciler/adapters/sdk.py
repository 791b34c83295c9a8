"""What objects of the OCI SDK are to the type checker: the SDK has no types."""

from typing import Any, TypeAlias

Sdk: TypeAlias = Any


def etag_of(answer: Sdk) -> str:
    """The etag of what a response is about; empty when there is none."""
    return str(answer.headers.get("etag") or "")
