"""The history of a deployment: what its traces tell, newest first, and what is no longer known.

Nothing is guessed: an apply leaves no record of its own, so a work request is not said to be of a revision.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from reconciler.core.model.live import GONE, Live, State
from reconciler.core.model.timestamps import sortable, timestamp_words
from reconciler.core.planning.history.traces import Ending, PastDeployment, PastModel, Traces

CREATE = "MODEL_DEPLOYMENT_CREATE"
OPERATIONS = "MODEL_DEPLOYMENT_"

ONE_REVISION = (
    "of which revision each work request was is not recorded: a deployment is marked with the last one alone"
)
NO_WORK = "there was no work request of it: the service lists them for a time only"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened: when (RFC 3339, UTC; empty when that is not known), what, to which resource,
    how it ended, and the revision of git, where one is known.
    """

    at: str
    what: str
    ending: Ending
    ocid: str = ""
    revision: str = ""
    details: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """What has happened to the deployments of one name, newest first; `state` is None when there is none now.
    `revision` was applied last. `unknown` says what is no longer known.
    """

    name: str
    manifest: str
    ocid: str
    state: State | None
    revision: str
    happenings: tuple[Happening, ...]
    unknown: tuple[str, ...]


def history_of(traces: Traces, most: int) -> History:
    """The history, of which the newest `most` happenings are told."""
    live = _now(traces)
    found = chain(_works(traces), _failures(traces), _publications(traces), _commits(traces))
    happenings = sorted(found, key=lambda one: sortable(one.at), reverse=True)
    cut = [f"only the newest {most} are told, of {len(happenings)} that are known"]
    return History(
        name=traces.name,
        manifest=traces.manifest,
        ocid=live.ocid if live else "",
        state=live.state if live else None,
        revision=(live.marks.revision or "") if live else "",
        happenings=tuple(happenings[:most]),
        unknown=(*(cut if len(happenings) > most else ()), *_unknown(traces), *traces.missing),
    )


def _now(traces: Traces) -> Live | None:
    """The deployment that is there: the youngest, if several have the name."""
    lives = [past.live for past in traces.deployments if past.live.state not in GONE]
    return max(lives, key=lambda live: live.created, default=None)


def _works(traces: Traces) -> Iterator[Happening]:
    for past in traces.deployments:
        for work in past.works:
            what = work.operation.removeprefix(OPERATIONS).lower()
            at = work.finished or work.accepted
            yield Happening(at, what, work.ending, past.live.ocid, details=work.why)
        if not _knows_creation(past):
            yield Happening(past.live.created, "create", Ending.UNKNOWN, past.live.ocid)


def _knows_creation(past: PastDeployment) -> bool:
    return any(work.operation == CREATE for work in past.works)


def _failures(traces: Traces) -> Iterator[Happening]:
    """What is remembered on a deployment of a try that failed."""
    for past in traces.deployments:
        marks = past.live.marks
        if marks.failed:
            yield Happening(marks.failed_at, "apply", Ending.FAILED, past.live.ocid, details=marks.failed_why)


def _publications(traces: Traces) -> Iterator[Happening]:
    run = {past.live.model_id for past in traces.deployments if past.live.state not in GONE}
    for published in traces.published:
        entry, revision = published.entry, published.revision
        ending = Ending.DONE if entry.artifact else Ending.FAILED if entry.failed else Ending.UNDER_WAY
        what = "publish a model group" if entry.is_model_group else "publish a model"
        words = [entry.artifact or entry.publishing or "", "it runs now" if entry.ocid in run else ""]
        details, commit = ", ".join(filter(None, words)), revision.commit if revision else ""
        yield Happening(entry.created, what, ending, entry.ocid, commit, details)


def _commits(traces: Traces) -> Iterator[Happening]:
    """Those above the one that was applied last are not applied yet."""
    places = [commit.commit for commit in traces.commits]
    applied = places.index(traces.applied) if traces.applied in places else None
    for at, commit in enumerate(traces.commits):
        ending = _commit_ending(at, applied)
        yield Happening(commit.at, "commit", ending, revision=commit.commit, details=commit.subject)


def _commit_ending(at: int, applied: int | None) -> Ending:
    if applied is None or at > applied:
        return Ending.UNKNOWN
    return Ending.APPLIED if at == applied else Ending.PENDING


def _unknown(traces: Traces) -> Iterator[str]:
    """What the traces no longer tell."""
    if not traces.deployments:
        yield "no deployment of this name is there, and none is listed as deleted"
    if any(past.works for past in traces.deployments):
        yield ONE_REVISION
    for past in traces.deployments:
        if not _knows_creation(past):
            yield _before_the_works(past)
    without = [one.entry.ocid for one in traces.published if not _has_origin(one)]
    if without:
        yield f"of which revision {_some(without)} came from was not noted"


def _before_the_works(past: PastDeployment) -> str:
    if not past.works:
        return f"{past.live.ocid}: {NO_WORK}"
    since = timestamp_words(past.works[-1].accepted)
    return f"{past.live.ocid}: what was done before {since} is not listed here"


def _has_origin(published: PastModel) -> bool:
    """Whether it is known, or cannot be: groups have none, and of what is deleted it is not told any more."""
    entry = published.entry
    return published.revision is not None or entry.is_model_group or not entry.active


def _some(ocids: Sequence[str]) -> str:
    return ocids[0] if len(ocids) == 1 else f"{len(ocids)} catalog models"
