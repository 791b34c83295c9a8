"""The state of the stand-in as plain values, which JSON can hold, and the shortest way to make them."""

from typing import Any

State = dict[str, Any]

TOKEN = "ghs_0123456789abcdefghijklmnopqrstuvwxyz"
"""A job's token with every permission that the reconciler's jobs ask for."""

REPOSITORY = "acme/serving"
REPOSITORY_ID = 4711
BOT = "github-actions[bot]"

EVERYTHING = {
    "actions": "read",
    "contents": "read",
    "issues": "write",
    "pull-requests": "write",
    "statuses": "write",
}


def new_state(**changes: Any) -> State:
    """A repository with nothing in it.

    `tokens`: who a token stands for, and what it may do (`app`: a job's token, which has no user). `pulls`:
    by number, see `pull`. `commit_pulls`: the numbers of a commit's pull requests. `branches`: the commits of
    a branch, newest first. `environments`: by name, `{"reviewers": ["User octocat"], "wait": 0}`.
    `artifacts`: see `uploads.upload`. `runs`: what `run.json` says, by the number of the run. `faults`: see
    `faults.py`.
    """
    return {
        "repository": {
            "id": REPOSITORY_ID,
            "full_name": REPOSITORY,
            "default_branch": "main",
            "private": True,
        },
        "tokens": {TOKEN: {"login": BOT, "app": True, "permissions": dict(EVERYTHING)}},
        "pulls": {},
        "commit_pulls": {},
        "branches": {"main": []},
        "comments": [],
        "issues": [],
        "labels": ["bug"],
        "statuses": [],
        "environments": {},
        "artifacts": [],
        "runs": {},
        "faults": [],
        "last_id": 1000,
        "clock": 1_790_000_000,
        **changes,
    }


def pull(
    number: int,
    head: str,
    *,
    base: str = "main",
    branch: str = "change",
    merged: bool = False,
    merge_commit: str = "",
    fork: bool = False,
    state: str = "",
) -> State:
    """A pull request of this repository, or with `fork` of another one."""
    return {
        "number": number,
        "title": f"Change {number}",
        "state": state or ("closed" if merged else "open"),
        "merged": merged,
        "merge_commit_sha": merge_commit or None,
        "base_ref": base,
        "head_ref": branch,
        "head_sha": head,
        "head_repository_id": 9999 if fork else REPOSITORY_ID,
        "login": "octocat",
    }


def next_id(state: State) -> int:
    """A number that nothing has yet."""
    state["last_id"] += 1
    return int(state["last_id"])


def now(state: State) -> str:
    """The time by the stand-in's own clock, which goes on by a second whenever it is asked."""
    from datetime import UTC, datetime

    state["clock"] += 1
    return datetime.fromtimestamp(state["clock"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
