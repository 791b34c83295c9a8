"""The report of a run, as Markdown or as JSON, and the list of questions. It names no account."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from datascience_emulator.readings import questions
from datascience_emulator.verify.estimate import estimate, needed
from datascience_emulator.verify.experiment import Experiment
from datascience_emulator.verify.run import Ended
from datascience_emulator.verify.values import NotAsked, NotTold, Outcome, Seen, Told
from datascience_emulator.version import __version__

READINGS = {one.name: one for one in questions()}
FORMAT = "datascience-emulator/verify/v1"


@dataclass(frozen=True, slots=True)
class Report:
    """`cloud`: `tenancy` or `local`. `experiments`: those that were to be made, in their order."""

    ended: Ended
    experiments: Sequence[Experiment]
    region: str
    cloud: str

    def document(self) -> dict[str, Any]:
        """For JSON. `options`: those that make the local cloud agree, defaults among them."""
        told = [_entry_of(one, outcome) for one, outcome in self._outcomes()]
        return {
            "format": FORMAT,
            "emulator": __version__,
            "date": f"{self.ended.began:%Y-%m-%dT%H:%M:%SZ}",
            "cloud": self.cloud,
            "region": self.region,
            "complete": not self.ended.stopped,
            "readings": [entry for entry in told if entry["name"] in READINGS],
            "observations": [entry for entry in told if entry["name"] not in READINGS],
            "options": self.options(),
            "left": [{"kind": one.marked.kind.word, "name": one.marked.name} for one in self.ended.left],
        }

    def markdown(self) -> str:
        return "".join(f"{line}\n" for line in self._lines())

    def options(self) -> list[str]:
        """Of `datascience-emulator start`."""
        return [
            f"--reading {one.name}={outcome.choice}"
            for one, outcome in self._outcomes()
            if isinstance(outcome, Told) and one.name in READINGS
        ]

    def _outcomes(self) -> list[tuple[Experiment, Outcome]]:
        outcomes = self.ended.outcomes
        return [(one, outcomes[one.name]) for one in self.experiments if one.name in outcomes]

    def _lines(self) -> Iterator[str]:
        what = {"tenancy": "OCI Data Science", "local": "A local cloud"}[self.cloud]
        when = f"{self.ended.began:%Y-%m-%d %H:%M} UTC"
        yield "# What holds where no source says\n"
        yield f"{what} in {self.region}, {when}, by datascience-emulator {__version__}."
        if self.ended.stopped:
            yield "The run was stopped: not all questions were asked."
        yield "\n| question | what holds | the local cloud's default |"
        yield "| --- | --- | --- |"
        for one, outcome in self._outcomes():
            default = READINGS[one.name].choices[0] if one.name in READINGS else ""
            yield f"| {one.name} | {_holds(outcome)} | {default} |"
        if agreeing := self.options():
            yield "\nThe local cloud that agrees with this:\n"
            yield f"    datascience-emulator start {' '.join(agreeing)}"
        for one, outcome in self._outcomes():
            if not isinstance(outcome, NotAsked):
                yield from _section(one, outcome)


def _section(experiment: Experiment, outcome: Told | NotTold) -> Iterator[str]:
    yield f"\n## {experiment.name}\n\n{_question(experiment)}\n"
    yield from (f"- {_evidence(seen)}" for seen in outcome.seen)
    yield f"{'' if not outcome.seen else chr(10)}{_end(outcome)}"


def _question(experiment: Experiment) -> str:
    return experiment.question or READINGS[experiment.name].question


def _entry_of(experiment: Experiment, outcome: Outcome) -> dict[str, Any]:
    kind = {Told: "told", NotTold: "not told", NotAsked: "not asked"}[type(outcome)]
    entry: dict[str, Any] = {
        "name": experiment.name,
        "question": _question(experiment),
        "outcome": kind,
    }
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
            return f"**{_text(choice)}**"
        case NotTold(why):
            return f"could not be told: {_text(why)}"
        case NotAsked(needs):
            return f"not asked; it needs {_text(needs)}"


def _end(outcome: Told | NotTold) -> str:
    if isinstance(outcome, Told):
        return f"Seen: **{_text(outcome.choice)}**."
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


_PLAIN = re.compile(r"[\w.,;()%+/…'\"-]+:?", re.ASCII)
_MADE_SOMETHING_OF = re.compile(r"_|www\.|\b[0-9a-f]{7,40}\b|\b(?:GH|GHSA|CVE)-", re.IGNORECASE)
"""Emphasis, links, commits, issues and advisories."""


def _text(text: str) -> str:
    """A word that Markdown, or GitHub, would make something of is set as code; nothing in code acts."""
    words = text.replace("|", "¦").split(" ")
    return " ".join(
        word if not word or (_PLAIN.fullmatch(word) and not _MADE_SOMETHING_OF.search(word)) else _code(word)
        for word in words
    )


def _code(text: str) -> str:
    return f"`{text.replace('`', chr(39))}`"


# -- the list of questions


def listed(experiments: Sequence[Experiment]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "question": _question(one),
            "choices": list(READINGS[one.name].choices) if one.name in READINGS else [],
            "does": one.does,
            "needs": "" if one.need is None else needed(one),
            "ocpuHours": estimate([one]).ocpu_hours,
        }
        for one in experiments
    ]


def listed_text(entries: Sequence[dict[str, Any]]) -> str:
    return "\n".join("".join(f"{line}\n" for line in _entry(one)) for one in entries)


def _entry(one: dict[str, Any]) -> Iterator[str]:
    yield f"{one['name']}: {' or '.join(one['choices']) or 'an observation'}"
    yield f"    {one['question']}"
    yield f"    What is done: {one['does']}."
    if one["ocpuHours"]:
        yield f"    Cost: about {one['ocpuHours']:g} OCPU hours by itself, less with others."
    if one["needs"]:
        yield f"    Only with {one['needs']}."
