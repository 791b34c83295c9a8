"""What GitHub says of a repository: its pull requests, the statuses of its commits, artifacts, environments;
and the one thing of these that is written, a status.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from reconciler.adapters.github.artifact_zips import LARGEST_ZIP, BadZip, only_file
from reconciler.adapters.github.documents import field, items, merged_pull, uploaded_plan
from reconciler.adapters.github.errors import GithubNotFound
from reconciler.adapters.github.transport import GithubTransport
from reconciler.core.planning.review.reviewed import MergedPull, UploadedPlan

LONGEST_DESCRIPTION = 140
"""Characters of a status (GitHub docs, "Create a commit status")."""

PLAN_FILE = "plan.json"


class CommitState(StrEnum):
    """How an apply went at a commit; ERROR: it did all but what is blocked."""

    SUCCESS = "success"
    ERROR = "error"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class CommitStatus:
    """What is said of one matter at a commit: `context` names it, `url` is where to read more."""

    context: str
    state: CommitState
    description: str
    url: str


@dataclass(frozen=True, slots=True)
class GithubRepository:
    """The repository `name`, as `owner/name`."""

    transport: GithubTransport
    name: str

    @property
    def path(self) -> str:
        """Its path in the API."""
        return f"/repos/{self.name}"

    def identity(self) -> int:
        """Its number, which stays when it is renamed."""
        return field(self.transport.get(self.path), int, "id")

    def head_of(self, pull: int) -> str:
        """The newest commit of a pull request's branch, now."""
        return field(self.transport.get(f"{self.path}/pulls/{pull}"), str, "head", "sha")

    def pulls_of(self, commit: str) -> tuple[MergedPull, ...]:
        """The merged pull requests that brought a commit."""
        pages = self.transport.pages(f"{self.path}/commits/{quote(commit, safe='')}/pulls")
        found = (merged_pull(one) for page in pages for one in items(page))
        return tuple(pull for pull in found if pull)

    def ended_at(self, commit: str, states: Collection[CommitState]) -> frozenset[str]:
        """The contexts of all statuses that ever said one of these at a commit: a later failure does not undo
        what was done.
        """
        pages = self.transport.pages(f"{self.path}/commits/{quote(commit, safe='')}/statuses", per_page=100)
        return frozenset(
            field(one, str, "context")
            for page in pages
            for one in items(page)
            if field(one, str, "state") in states
        )

    def commits_after(self, commit: str, branch: str, most: int) -> tuple[str, ...] | None:
        """The commits of a branch that came after this one, newest first; None when this one is not among the
        newest of the branch, so many and itself.
        """
        found: list[str] = []
        for page in self.transport.pages(f"{self.path}/commits", sha=branch, per_page=100):
            for one in items(page):
                sha = field(one, str, "sha")
                if sha == commit:
                    return tuple(found)
                if len(found) == most:
                    return None
                found.append(sha)
        return None

    def uploads(self, name: str) -> tuple[UploadedPlan, ...]:
        """The artifacts of this name."""
        pages = self.transport.pages(f"{self.path}/actions/artifacts", name=name)
        return tuple(uploaded_plan(one) for page in pages for one in items(page, "artifacts"))

    def plan_in(self, upload: UploadedPlan) -> bytes:
        """The saved plan in an artifact. Raises BadZip for one that holds none."""
        place = self.transport.location(f"{self.path}/actions/artifacts/{upload.id}/zip")
        archive = self.transport.download(place, LARGEST_ZIP)
        if upload.digest.startswith("sha256:"):
            digest = f"sha256:{hashlib.sha256(archive).hexdigest()}"
            if digest != upload.digest:
                raise BadZip("its digest is not the one that GitHub has of it")
        return only_file(archive, PLAN_FILE)

    def reviewers_of(self, environment: str) -> int | None:
        """How many people or teams may approve jobs for an environment; None when there is no such one."""
        try:
            found = self.transport.get(f"{self.path}/environments/{quote(environment, safe='')}")
        except GithubNotFound:
            return None
        rules: list[Any] = found.get("protection_rules") or [] if isinstance(found, dict) else []
        return sum(len(_reviewers(rule)) for rule in rules if isinstance(rule, dict))

    def set_status(self, commit: str, status: CommitStatus) -> None:
        """Say how something went at a commit."""
        body = {
            "context": status.context,
            "state": status.state.value,
            "description": status.description[:LONGEST_DESCRIPTION],
            **({"target_url": status.url} if status.url else {}),
        }
        self.transport.send("POST", f"{self.path}/statuses/{commit}", body, again=True)


def _reviewers(rule: Mapping[str, Any]) -> list[Any]:
    reviewers = rule.get("reviewers")
    wanted = rule.get("type") == "required_reviewers" and isinstance(reviewers, list)
    return reviewers if wanted and reviewers else []
