"""Comments and issues that we write, found again by the marker at the very beginning of their text, and only
where our own user wrote them: anybody can write the marker.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from reconciler.adapters.github import documents
from reconciler.adapters.github.errors import GithubFailed, GithubNoAnswer, GithubNotAllowed, GithubNotFound
from reconciler.adapters.github.repository import GithubRepository

JOB_USER = "github-actions[bot]"
"""Who a job's own token writes as. It cannot be asked who it is: GET /user is for people."""


@dataclass(frozen=True, slots=True)
class OwnPost:
    """A comment, by its id, or an issue, by its number. `url` is for people."""

    number: int
    body: str
    url: str
    open: bool = True
    title: str = ""


@dataclass(slots=True)
class OwnPosts:
    """What our user writes in a repository."""

    repository: GithubRepository
    attempts: int = 3
    _login: str = field(default="", repr=False)

    # -- comments

    def comments(self, thread: int, marker: str) -> tuple[OwnPost, ...]:
        """Our comments on a pull request or an issue that begin with the marker, oldest first."""
        pages = self.repository.transport.pages(f"{self.repository.path}/issues/{thread}/comments")
        return tuple(
            _post(one, "id") for page in pages for one in documents.items(page) if self._ours(one, marker)
        )

    def create_comment(self, thread: int, marker: str, body: str) -> OwnPost:
        """A new comment. When the answer is lost, it is looked for before it is sent again."""
        path = f"{self.repository.path}/issues/{thread}/comments"
        for attempt in range(1, self.attempts + 1):
            try:
                sent = self.repository.transport.send("POST", path, {"body": body}, again=False)
                return _post(sent, "id")
            except GithubNoAnswer:
                if attempt == self.attempts:
                    raise
                self.repository.transport.patience.wait_after(attempt)
                if found := [post for post in self.comments(thread, marker) if post.body == body]:
                    return found[-1]
        raise AssertionError("unreachable")

    def change_comment(self, comment: OwnPost, body: str) -> OwnPost:
        """Write another text into it."""
        path = f"{self.repository.path}/issues/comments/{comment.number}"
        return _post(self.repository.transport.send("PATCH", path, {"body": body}, again=True), "id")

    def delete_comment(self, comment: OwnPost) -> None:
        """Take it away; one that is gone already is fine."""
        path = f"{self.repository.path}/issues/comments/{comment.number}"
        try:
            self.repository.transport.send("DELETE", path, again=True)
        except GithubNotFound:
            return

    # -- issues

    def issues(self, label: str, marker: str) -> tuple[OwnPost, ...]:
        """Our issues with this label whose text begins with the marker, oldest first, closed ones too."""
        pages = self.repository.transport.pages(
            f"{self.repository.path}/issues", labels=label, state="all", sort="created", direction="asc"
        )
        return tuple(
            _post(one, "number")
            for page in pages
            for one in documents.items(page)
            if "pull_request" not in one and self._ours(one, marker)
        )

    def create_issue(self, label: str, marker: str, title: str, body: str) -> OwnPost:
        """A new issue. When the answer is lost, it is looked for before it is sent again."""
        self._make_label(label)
        asked = {"title": title, "body": body, "labels": [label]}
        path = f"{self.repository.path}/issues"
        for attempt in range(1, self.attempts + 1):
            try:
                return _labelled(self.repository.transport.send("POST", path, asked, again=False), label)
            except GithubNoAnswer:
                if attempt == self.attempts:
                    raise
                self.repository.transport.patience.wait_after(attempt)
                if found := [post for post in self.issues(label, marker) if post.open]:
                    return found[-1]
        raise AssertionError("unreachable")

    def change_issue(self, issue: OwnPost, **changes: str) -> OwnPost:
        """Change its title, body, state or state_reason."""
        path = f"{self.repository.path}/issues/{issue.number}"
        return _post(self.repository.transport.send("PATCH", path, changes, again=True), "number")

    def _make_label(self, label: str) -> None:
        """GitHub drops labels that do not exist from the issues of a job's token, and says nothing."""
        path = f"{self.repository.path}/labels"
        one = f"{path}/{quote(label, safe='')}"
        try:
            self.repository.transport.get(one)
        except GithubNotFound:
            try:
                self.repository.transport.send("POST", path, {"name": label, "color": "d4c5f9"}, again=True)
            except GithubFailed:
                self.repository.transport.get(one)  # another job may have made it at the same time

    # -- who we are

    def _ours(self, document: Any, marker: str) -> bool:
        body = document.get("body") if isinstance(document, dict) else None
        if not isinstance(body, str) or not body.startswith(marker):
            return False
        return documents.field(document, str, "user", "login") == self._who()

    def _who(self) -> str:
        if not self._login:
            try:
                self._login = documents.field(self.repository.transport.get("/user"), str, "login")
            except GithubNotAllowed:
                self._login = JOB_USER
        return self._login


def _labelled(document: Mapping[str, Any], label: str) -> OwnPost:
    """A new issue. Without its label it would not be found again, and each run would open another one."""
    post = _post(document, "number")
    names = [one.get("name") for one in documents.items(document, "labels") if isinstance(one, dict)]
    if label not in names:
        raise GithubFailed(
            f"GitHub: issue #{post.number} was opened without the label {label}, by which it is found again: "
            "give the issue that label"
        )
    return post


def _post(document: Mapping[str, Any], number: str) -> OwnPost:
    return OwnPost(
        number=documents.field(document, int, number),
        body=str(document.get("body") or ""),
        url=str(document.get("html_url") or ""),
        open=document.get("state", "open") == "open",
        title=str(document.get("title") or ""),
    )
