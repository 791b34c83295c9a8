"""The type of a refusal, and functions for those that are frequent. No refusal is listed here."""

from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """The form of a refusal's body."""

    SERVICE = "service"
    """`{"code", "message"}` (docs/service.md §5.5)."""
    OAUTH = "OAuth"
    """`{"error", "error_description"}` (RFC 6749, section 5.2)."""
    REGISTRY = "registry"
    """`{"errors": [{"code", "message"}]}` (OCI Distribution Specification)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """`message`: a pattern. `verified`: a source says it outright; otherwise status, code or both are the
    emulator's reading.
    """

    id: str
    what: str
    status: int
    code: str
    message: str
    source: str
    verified: bool = True
    form: Form = Form.SERVICE


def refused(
    name: str,
    what: str,
    answer: str,
    message: str,
    source: str,
    *,
    verified: bool = True,
    form: Form = Form.SERVICE,
) -> Refusal:
    """`answer`: status and code, with a space between them."""
    status, _, code = answer.partition(" ")
    return Refusal(name, what, int(status), code, message, source, verified, form)


def invalid(name: str, what: str, message: str, source: str) -> Refusal:
    """Unverified: limits are documented, but not that exceeding one answers 400 InvalidParameter."""
    return refused(name, what, "400 InvalidParameter", message, source, verified=False)


def unrelated(name: str, what: str, field: str, source: str = "§5.5") -> Refusal:
    """The body names something that does not exist. The code is documented, but not for this service."""
    answer, message = "400 RelatedResourceNotAuthorizedOrNotFound", f"related resource not found: {field}"
    return refused(name, what, answer, message, source, verified=False)


def gone(name: str, what: str, source: str, *, verified: bool = True) -> Refusal:
    message = r"^Authorization failed or requested resource not found\.$"
    return refused(name, what, "404 NotAuthorizedOrNotFound", message, source, verified=verified)


def state(name: str, what: str, source: str = "§2.1") -> Refusal:
    answer = "409 IncorrectState"
    return refused(name, what, answer, r"is in the state \w+; this needs", source, verified=False)


def conflict(name: str, what: str, message: str, source: str) -> Refusal:
    """A conflict that does not go away by waiting. Unverified: no source has one of these."""
    return refused(name, what, "409 Conflict", message, source, verified=False)


def unauthenticated(name: str, what: str, message: str, source: str, *, verified: bool = True) -> Refusal:
    return refused(name, what, "401 NotAuthenticated", message, source, verified=verified)
