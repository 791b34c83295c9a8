"""The report of a run, as Markdown or as JSON, and the list of questions. It names no account."""

from collections.abc import Iterator, Sequence
from typing import Any

from datascience_emulator.readings import Question
from datascience_emulator.verify.estimate import estimate, needed
from datascience_emulator.verify.experiment import Experiment
from datascience_emulator.verify.run import Ended
from datascience_emulator.verify.values import NotAsked, NotTold, Outcome, Seen, Told
from datascience_emulator.version import __version__

FORMAT = "datascience-emulator/verify/v1"


def document(ended: Ended, asked: Sequence[Question], region: str, cloud: str) -> dict[str, Any]:
    """For JSON. `cloud`: `tenancy` or `local`. `options`: those that make the local cloud agree, among them
    the defaults.
    """
    return {
        "format": FORMAT,
        "emulator": __version__,
        "date": f"{ended.began:%Y-%m-%dT%H:%M:%SZ}",
        "cloud": cloud,
        "region": region,
        "complete": not ended.stopped,
        "readings": [_reading(one, ended.outcomes[one.name]) for one in asked if one.name in ended.outcomes],
        "options": options(ended),
        "left": [{"kind": one.marked.kind.word, "name": one.marked.name} for one in ended.left],
    }


def options(ended: Ended) -> list[str]:
    told = ((name, one) for name, one in ended.outcomes.items() if isinstance(one, Told))
    return [f"--reading {name}={one.choice}" for name, one in told]


def markdown(ended: Ended, asked: Sequence[Question], region: str, cloud: str) -> str:
    return "".join(f"{line}\n" for line in _lines(ended, asked, region, cloud))


def _lines(ended: Ended, asked: Sequence[Question], region: str, cloud: str) -> Iterator[str]:
    what = {"tenancy": "OCI Data Science", "local": "A local cloud"}[cloud]
    yield "# What holds where no source says\n"
    yield f"{what} in {region}, {ended.began:%Y-%m-%d %H:%M} UTC, by datascience-emulator {__version__}."
    if ended.stopped:
        yield "The run was stopped: not all questions were asked."
    yield "\n| reading | holds | the local cloud's default |"
    yield "| --- | --- | --- |"
    there = [(one, ended.outcomes[one.name]) for one in asked if one.name in ended.outcomes]
    for one, outcome in there:
        yield f"| {one.name} | {_holds(outcome)} | {one.choices[0]} |"
    if agreeing := options(ended):
        yield "\nThe local cloud that agrees with this:\n"
        yield f"    datascience-emulator start {' '.join(agreeing)}"
    for one, outcome in there:
        if not isinstance(outcome, NotAsked):
            yield f"\n## {one.name}\n\n{one.question}\n"
            yield from (f"- {_evidence(seen)}" for seen in outcome.seen)
            yield f"\n{_end(outcome)}"


def _reading(question: Question, outcome: Outcome) -> dict[str, Any]:
    kind = {Told: "told", NotTold: "not told", NotAsked: "not asked"}[type(outcome)]
    entry: dict[str, Any] = {"name": question.name, "question": question.question, "outcome": kind}
    match outcome:
        case Told(choice, seen):
            return {**entry, "choice": choice, "evidence": [_seen(one) for one in seen]}
        case NotTold(why, seen):
            return {**entry, "why": why, "evidence": [_seen(one) for one in seen]}
        case NotAsked(needs):
            return {**entry, "needs": needs}


def _seen(one: Seen) -> dict[str, Any]:
    fields = {"status": one.status, "code": one.code, "message": one.message, "requestId": one.request_id}
    return {"what": one.what, **{name: value for name, value in fields.items() if value}}


def _holds(outcome: Outcome) -> str:
    match outcome:
        case Told(choice):
            return f"**{choice}**"
        case NotTold(why):
            return f"could not be told: {_text(why)}"
        case NotAsked(needs):
            return f"not asked; it needs {_text(needs)}"


def _end(outcome: Told | NotTold) -> str:
    if isinstance(outcome, Told):
        return f"So **{outcome.choice}** holds."
    return f"It could not be told, because {_text(outcome.why)}."


def _evidence(one: Seen) -> str:
    words = [_text(one.what)]
    said = " ".join(filter(None, (str(one.status) if one.status else "", _text(one.code))))
    words += [said] if said else []
    if one.message:
        words.append(_code(one.message))
    if one.request_id:
        words.append(f"opc-request-id {_code(one.request_id)}")
    return ": ".join(filter(None, (words[0], ", ".join(words[1:]))))


def _text(text: str) -> str:
    """Words of a cloud must not become links, mentions or markup."""
    return "".join(f"\\{letter}" if letter in "\\`*[]<>|#@!&~" else letter for letter in text)


def _code(text: str) -> str:
    return f"`{text.replace('`', chr(39))}`"


# -- the list of questions


def listed(experiments: Sequence[Experiment], asked: Sequence[Question]) -> list[dict[str, Any]]:
    by_name = {one.name: one for one in asked}
    return [
        {
            "name": one.reading,
            "question": by_name[one.reading].question,
            "choices": list(by_name[one.reading].choices),
            "does": one.does,
            "needs": "" if one.need is None else needed(one),
            "ocpuHours": estimate([one]).ocpu_hours,
        }
        for one in experiments
    ]


def listed_text(entries: Sequence[dict[str, Any]]) -> str:
    return "\n".join("".join(f"{line}\n" for line in _entry(one)) for one in entries)


def _entry(one: dict[str, Any]) -> Iterator[str]:
    yield f"{one['name']}: {' or '.join(one['choices'])}"
    yield f"    {one['question']}"
    yield f"    {one['does']}"
    if one["ocpuHours"]:
        yield f"    about {one['ocpuHours']:g} OCPU hours alone; most deployments are shared"
    if one["needs"]:
        yield f"    only with {one['needs']}"
