"""Writes the reference page from the emulator's tables: `python -m datascience_emulator.reference.describe`.

Its output is docs/emulator/reference.md; a test compares the two.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from datascience_emulator.api.operations import Operation, Service, Status, StreamOperation
from datascience_emulator.app.routes import DATA_SCIENCE, SERVICES
from datascience_emulator.faults.effects import REFUSALS
from datascience_emulator.faults.orders import OF_STARTS, Fault, Order, OrderedFault
from datascience_emulator.readings import questions
from datascience_emulator.reference import behaviours, refusals
from datascience_emulator.reference.absent import ABSENT
from datascience_emulator.reference.guide import FAULTS, HOME, INTRODUCTION, LIMITS, OPTIONS
from datascience_emulator.reference.refusals import Form, Refusal

_VERIFIED = {True: "", False: "unverified"}
_FORMS = {Form.SERVICE: "", Form.OAUTH: ", in OAuth's form", Form.REGISTRY: ", in the registry's form"}


def document() -> str:
    return "\n".join(
        (
            INTRODUCTION,
            *_table(("option", ""), _named(OPTIONS)),
            *_table(("in its home", ""), _named(HOME)),
            *_counted(),
            *_limits(),
            *_behaviours(),
            *_refusals(),
            *_readings(),
            *_faults(),
            *_operations(),
        )
    )


def _named(texts: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return ((f"`{name}`", text) for name, text in texts.items())


# -- how much of it is there


def _counted() -> Iterable[str]:
    yield "## How much of it is there\n"
    yield (
        "*Control plane only* means documents, states and work requests, but nothing happens. Of Data\n"
        f"Science, as the SDK has it, {_share()} operations are there; the others are on other resources:\n"
    )
    yield from _table(
        ("Data Science", "full", "control plane only", "absent"),
        [
            ("models, model groups, deployments, work requests", *_counts(DATA_SCIENCE), "0"),
            *((_small(what), "0", "0", str(len(names))) for what, names in ABSENT.items()),
        ],
    )
    yield from _table(
        ("service", "paths", "full", "control plane only"),
        [(service.name, f"`{service.base or '/'}`", *_counts(service)) for service in SERVICES],
    )


def _share() -> str:
    absent = sum(len(names) for names in ABSENT.values())
    here = len(DATA_SCIENCE.operations)
    return f"{here} of {here + absent}"


def _small(text: str) -> str:
    """The text with a small first letter, unless it begins with an abbreviation."""
    return text if text[:2].isupper() else text[0].lower() + text[1:]


def _counts(service: Service) -> tuple[str, str]:
    counts = Counter(operation.status for operation in service.operations)
    return str(counts[Status.FULL]), str(counts[Status.CONTROL_PLANE])


def _limits() -> Iterable[str]:
    yield "## What it is not\n"
    yield from (f"- {limit}" for limit in LIMITS)
    yield ""


# -- what it does and refuses


def _behaviours() -> Iterable[str]:
    yield "## What it does\n"
    for subject, entries in behaviours.BY_SUBJECT.items():
        yield f"### {subject}\n"
        rows = [(behaviour.what, behaviour.source, _VERIFIED[behaviour.verified]) for behaviour in entries]
        yield from _table(("behaviour", "source", ""), rows)


def _refusals() -> Iterable[str]:
    yield "## What it refuses\n"
    unverified = sum(not refusal.verified for refusal in refusals.REFUSALS)
    yield (
        f"{len(refusals.REFUSALS)} refusals. Of {unverified} the status or the code is unverified: the\n"
        "service documents its limits and its codes, but seldom which code answers what. A body is\n"
        "`{code, message}` unless another form is named.\n"
    )
    for subject, entries in refusals.BY_SUBJECT.items():
        yield f"### Refused: {subject}\n"
        yield from _table(("request", "answer", "source", ""), [_refusal(refusal) for refusal in entries])


def _refusal(refusal: Refusal) -> tuple[str, ...]:
    answer = f"{refusal.status} {refusal.code}{_FORMS[refusal.form]}"
    return (refusal.what, answer, refusal.source, _VERIFIED[refusal.verified])


def _readings() -> Iterable[str]:
    yield "## What no source says\n"
    yield (
        "The first choice of each question is the default. Another one is taken with\n"
        "`datascience-emulator start --reading NAME=CHOICE`. `datascience-emulator verify` asks a tenancy\n"
        "which choice holds: [how, and where reports go](verify.md).\n"
    )
    rows = [
        (f"`{question.name}`", question.question, ", ".join(question.choices), question.source)
        for question in questions()
    ]
    yield from _table(("name", "question", "choices", "what is known"), rows)


def _faults() -> Iterable[str]:
    yield "## Faults on demand\n"
    yield (
        "Ordered with `--fault`, over HTTP with `--control`, or from Python, by operation, deployment,\n"
        "count or duration, and probability: [how](testing.md#faults).\n"
    )
    rows = [(f"`{fault}`", FAULTS[fault], _message(fault)) for fault in Fault]
    yield from _table(("fault", "what happens", "message of the answer, or of the work request"), rows)


def _message(fault: Fault) -> str:
    if fault in OF_STARTS:
        return OrderedFault(fault).message
    return REFUSALS[fault](Order(fault)).message if fault in REFUSALS else ""


# -- operations


def _operations() -> Iterable[str]:
    yield "## Operations\n"
    yield (
        "Names are those of the SDK's methods. Absent from Data Science are the operations on\n"
        f"{', '.join(_small(what) for what in ABSENT)}. The whole as OpenAPI: `GET /emulator/openapi.json`.\n"
    )
    for service in SERVICES:
        yield f"### {service.name}\n"
        rows = [_row(service, operation) for operation in service.operations]
        yield from _table(("operation", "request", "status", ""), rows)


def _row(service: Service, operation: Operation | StreamOperation) -> tuple[str, ...]:
    return (
        f"`{operation.name}`",
        f"`{operation.method} {service.base}{operation.path}`",
        operation.status,
        operation.note,
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(document())
