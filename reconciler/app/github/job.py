"""The job of GitHub Actions that a command runs in, from the variables and the event that the runner gives it
(GitHub docs, "Variables reference", "Events that trigger workflows").
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.core.model.errors import Failed, SetupError

LARGEST_EVENT = 32 * 1000 * 1000
"""Bytes of an event; GitHub caps webhooks at 25 MB."""

BRANCH = "refs/heads/"
USUAL_API, USUAL_SERVER = "https://api.github.com", "https://github.com"

_COMMIT = re.compile("[0-9a-f]{40}([0-9a-f]{24})?")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class EventPull:
    """The pull request that an event is about; `head` is its commit then."""

    number: int
    head: str


@dataclass(frozen=True, slots=True)
class Job:
    """`sha` is the commit that the run is for, `branch` its branch, empty where there is none; `run` the
    number of the run, 0 when unknown. `summary` and `output` are the files that the runner reads afterwards.
    """

    repository: str
    event: str
    sha: str
    branch: str = ""
    run: int = 0
    pull: EventPull | None = None
    api: str = USUAL_API
    server: str = USUAL_SERVER
    summary: Path | None = None
    output: Path | None = None
    token: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        """The run, for people; empty when its number is unknown."""
        return f"{self.server}/{self.repository}/actions/runs/{self.run}" if self.run else ""


def job_of(environment: Mapping[str, str]) -> Job:
    """The job that this environment is of. Raises SetupError when it is of none."""
    needed = ("GITHUB_REPOSITORY", "GITHUB_EVENT_NAME", "GITHUB_SHA")
    missing = [name for name in needed if not environment.get(name)]
    if missing:
        raise SetupError(
            f"{', '.join(missing)} is not set: this is for a job of GitHub Actions, whose runner sets it; "
            "comment --print shows anywhere what would be posted"
        )
    repository, sha = environment["GITHUB_REPOSITORY"], environment["GITHUB_SHA"]
    if not _REPOSITORY.fullmatch(repository) or not _COMMIT.fullmatch(sha):
        raise SetupError("GITHUB_REPOSITORY is no owner/name, or GITHUB_SHA no commit: does a job set them?")
    reference, run = environment.get("GITHUB_REF", ""), environment.get("GITHUB_RUN_ID", "")
    return Job(
        repository=repository,
        event=environment["GITHUB_EVENT_NAME"],
        sha=sha,
        branch=reference.removeprefix(BRANCH) if reference.startswith(BRANCH) else "",
        run=int(run) if re.fullmatch("[0-9]{1,18}", run) else 0,
        pull=event_pull(environment),
        api=environment.get("GITHUB_API_URL") or USUAL_API,
        server=environment.get("GITHUB_SERVER_URL") or USUAL_SERVER,
        summary=_file(environment, "GITHUB_STEP_SUMMARY"),
        output=_file(environment, "GITHUB_OUTPUT"),
        token=environment.get("GITHUB_TOKEN", ""),
    )


def event_pull(environment: Mapping[str, str]) -> EventPull | None:
    """The pull request of the event; None when it is about none, or there is no event."""
    path = environment.get("GITHUB_EVENT_PATH", "")
    if not path or not environment.get("GITHUB_EVENT_NAME", "").startswith("pull_request"):
        return None
    pull = _event(Path(path)).get("pull_request")
    number, head = _at(pull, "number"), _at(pull, "head", "sha")
    if not isinstance(number, int) or not isinstance(head, str) or not _COMMIT.fullmatch(head):
        raise Failed(f"{path}: the event names no pull request with its head, as GitHub's events do")
    return EventPull(number, head)


def _event(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_EVENT + 1)
        document = json.loads(content) if len(content) <= LARGEST_EVENT else None
    except (ValueError, RecursionError) as error:
        raise Failed(f"{path}: GITHUB_EVENT_PATH holds no JSON") from error
    if not isinstance(document, dict):
        raise Failed(f"{path}: GITHUB_EVENT_PATH holds no event of GitHub's")
    return document


def _at(document: Any, *names: str) -> Any:
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _file(environment: Mapping[str, str], name: str) -> Path | None:
    return Path(environment[name]) if environment.get(name) else None
