"""The emulator's documentation, written from its own tables: `python -m reconciler.emulator.describe`.

docs/emulator.md is this output, and a test keeps it so. Nothing about the service is decided here.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence

from .absent import ABSENT
from .behaviours import BEHAVIOURS, Behaviour
from .plane import Operation, Service, Status, Transfer
from .readings import questions
from .refusals import REFUSALS, Refusal
from .routes import DATA_SCIENCE, SERVICES

_INTRODUCTION = """\
# The emulator

A local OCI Data Science: the HTTP API of projects, models, model groups and model deployments, the parts of
other services that its clients need, and a predict endpoint with real Triton servers behind it. `reconcile`
starts it for the target `local`; [Testing against it](emulator-testing.md) shows how other projects use it.

This page is written by the emulator itself, from the tables that it runs on. Sections such as §3.3 are those
of [How the service behaves](service.md), which names the public sources. **Unverified** means that no source
says it outright, or that sources disagree: then it is a reading, and nobody has compared it with OCI.
"""
_VERIFIED = {True: "", False: "unverified"}


def document() -> str:
    return "\n".join(
        (
            _INTRODUCTION,
            *_counted(),
            *_absent(),
            *(line for service in SERVICES for line in _service(service)),
            *_behaviours(BEHAVIOURS),
            *_refusals(REFUSALS),
            *_readings(),
        )
    )


def _counted() -> Iterable[str]:
    counts = Counter(one.status for one in DATA_SCIENCE.operations)
    yield "## How much of Data Science is there\n"
    yield from _table(
        ("operations", "count"),
        [
            ("full", str(counts[Status.FULL])),
            (
                "control plane only: documents and states, but nothing happens",
                str(counts[Status.CONTROL_PLANE]),
            ),
            ("absent", str(sum(len(names) for names in ABSENT.values()))),
        ],
    )


def _absent() -> Iterable[str]:
    yield "Absent are the operations on:\n"
    yield from _table(("", "operations"), [(what, str(len(names))) for what, names in ABSENT.items()])


def _service(service: Service) -> Iterable[str]:
    yield f"## Operations: {service.name}\n"
    rows = [_row(service, one) for one in service.operations]
    yield from _table(("operation", "request", "status", ""), rows)


def _row(service: Service, one: Operation | Transfer) -> tuple[str, ...]:
    return (f"`{one.name}`", f"`{one.method} {service.base}{one.path}`", one.status, one.note)


def _behaviours(behaviours: Sequence[Behaviour]) -> Iterable[str]:
    yield "## What it does\n"
    rows = [(one.what, one.source, _VERIFIED[one.verified]) for one in behaviours]
    yield from _table(("behaviour", "source", ""), rows)


def _refusals(refusals: Sequence[Refusal]) -> Iterable[str]:
    yield "## What it refuses\n"
    rows = [(one.what, f"{one.status} {one.code}", one.source, _VERIFIED[one.verified]) for one in refusals]
    yield from _table(("request", "answer", "source", ""), rows)


def _readings() -> Iterable[str]:
    yield "## What no source says\n"
    yield (
        "Each question has a reading that is taken unless told otherwise (the first), with\n"
        "`reconcile emulator start --reading NAME=CHOICE`.\n"
    )
    rows = [(f"`{one.name}`", one.question, ", ".join(one.choices), one.source) for one in questions()]
    yield from _table(("name", "question", "choices", "what is known"), rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(document())
