"""Findings: what is wrong with the input, where it stands, and what to do about it.

A finding is a value, not an exception: a run collects all of them before it says so (`InvalidManifests`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is. An error makes a manifest invalid. With a danger it is valid, but something that
    goes wrong later might stay unnoticed. A warning may be right.
    """

    ERROR = "error"
    DANGER = "danger"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """Where in a file something stands; line and column count from 1, 0 means the whole file."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.path
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong: where, what, what to do about it (advice may be empty), and how bad it is."""

    where: Location
    what: str
    advice: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.where}: {self.headline}" + (f"\n    {self.advice}" if self.advice else "")

    @property
    def headline(self) -> str:
        """What it is, with its severity unless it is an error."""
        return self.what if self.severity is Severity.ERROR else f"{self.severity}: {self.what}"


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether one of them makes a manifest invalid."""
    return any(finding.severity is Severity.ERROR for finding in findings)
