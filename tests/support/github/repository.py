"""The repository of the stand-in: commits of its branches, artifacts of its runs, environments."""

import base64
import hashlib
from typing import Any
from urllib.parse import unquote

from tests.support.github.answers import Call, Reply, error, not_found, paged
from tests.support.github.conversations import user
from tests.support.github.state import State


def get_repository(state: State, call: Call) -> Reply:
    return Reply(200, state["repository"])


def get_user(state: State, call: Call) -> Reply:
    return Reply(200, user(call.login))


def list_commits(state: State, call: Call) -> Reply:
    """The commits of a branch, newest first, or from one of its commits on."""
    start = call.query.get("sha") or state["repository"]["default_branch"]
    if start in state["branches"]:
        return paged(call, [{"sha": commit} for commit in state["branches"][start]])
    for commits in state["branches"].values():
        if start in commits:
            return paged(call, [{"sha": commit} for commit in commits[commits.index(start) :]])
    return not_found()


def compare(state: State, call: Call, words: str) -> Reply:
    """`BASE...HEAD`: the commits that HEAD, a branch or commit, has and BASE has not; oldest first."""
    base, _, head = unquote(words).partition("...")
    commits: list[str] = state["branches"].get(head) or next(
        (known[known.index(head) :] for known in state["branches"].values() if head in known), []
    )
    if not commits:
        return not_found()
    if base not in commits:
        return (
            not_found()
            if not any(base in known for known in state["branches"].values())
            else Reply(
                200, {"status": "diverged", "ahead_by": len(commits), "total_commits": 0, "commits": []}
            )
        )
    ahead = list(reversed(commits[: commits.index(base)]))
    page = paged(call, [{"sha": commit} for commit in ahead])
    page.body = {
        "status": "ahead" if ahead else "identical",
        "ahead_by": len(ahead),
        "total_commits": len(ahead),
        "commits": page.body,
    }
    return page


def list_artifacts(state: State, call: Call) -> Reply:
    """Newest first, as GitHub does."""
    found = [
        one for one in reversed(state["artifacts"]) if call.query.get("name", one["name"]) == one["name"]
    ]
    return paged(call, [_show(call, state, one) for one in found], wrapped="artifacts")


def download(state: State, call: Call, number: str) -> Reply:
    one = next((one for one in state["artifacts"] if str(one["id"]) == number), None)
    if one is None:
        return not_found()
    if one["expired"]:
        return error(410, "Artifact has expired")
    return Reply(302, None, {"location": f"{state['downloads']}/artifact/{number}?sig=signed-{number}"})


def get_environment(state: State, call: Call, name: str) -> Reply:
    found = state["environments"].get(unquote(name))
    if found is None:
        return not_found()
    rules: list[dict[str, Any]] = []
    if found.get("wait"):
        rules.append({"id": 1, "type": "wait_timer", "wait_timer": found["wait"]})
    if reviewers := found.get("reviewers"):
        shown = [
            {"type": kind, "reviewer": {"login": login}}
            for kind, _, login in (word.partition(" ") for word in reviewers)
        ]
        rules.append(
            {"id": 2, "type": "required_reviewers", "prevent_self_review": False, "reviewers": shown}
        )
    return Reply(200, {"id": 3, "name": unquote(name), "protection_rules": rules})


def _show(call: Call, state: State, one: State) -> dict[str, Any]:
    place = f"{call.base}/repos/{state['repository']['full_name']}/actions/artifacts/{one['id']}"
    keys = ("id", "name", "size_in_bytes", "expired", "created_at", "workflow_run")
    return {
        **{key: one[key] for key in keys},
        "digest": f"sha256:{hashlib.sha256(base64.b64decode(one['zip'])).hexdigest()}",
        "url": place,
        "archive_download_url": f"{place}/zip",
        "workflow_run": {"repository_id": state["repository"]["id"], **one["workflow_run"]},
    }
