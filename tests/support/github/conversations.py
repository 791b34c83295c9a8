"""Pull requests, comments, issues and commit statuses of the stand-in."""

import re
from typing import Any
from urllib.parse import unquote

from tests.support.github.answers import Call, Reply, error, invalid, not_found, paged
from tests.support.github.state import State, next_id, now

LONGEST_BODY = 65_536
LONGEST_DESCRIPTION = 140
LATER = "2099-01-01T00:00:00Z"
"""When what does not say it was merged: after all that happens by the stand-in's clock."""

STATES = ("error", "failure", "pending", "success")


def user(login: str) -> dict[str, Any]:
    kind = "Bot" if login.endswith("[bot]") else "User"
    return {"login": login, "id": sum(login.encode()), "type": kind}


def show_pull(state: State, one: State) -> dict[str, Any]:
    repository = state["repository"]
    known = {key: one[key] for key in ("number", "title", "state", "merged", "merge_commit_sha")}
    head_id = one["head_repository_id"]
    same = head_id == repository["id"]
    return {
        **known,
        "user": user(one["login"]),
        "merged_at": one.get("merged_at", LATER) if one["merged"] else None,
        "html_url": f"https://github.example/{repository['full_name']}/pull/{one['number']}",
        "base": {
            "ref": one["base_ref"],
            "repo": {"id": repository["id"], "full_name": repository["full_name"]},
        },
        "head": {
            "ref": one["head_ref"],
            "sha": one["head_sha"],
            "repo": {"id": head_id, "full_name": repository["full_name"] if same else "stranger/serving"},
        },
    }


def get_pull(state: State, call: Call, number: str) -> Reply:
    one = state["pulls"].get(number)
    return Reply(200, show_pull(state, one)) if one else not_found()


def pulls_of_commit(state: State, call: Call, commit: str) -> Reply:
    if not re.fullmatch("[0-9a-f]{40}", commit):
        return error(422, f"No commit found for SHA: {commit}")
    numbers = state["commit_pulls"].get(commit, [])
    shown = [show_pull(state, state["pulls"][str(number)]) for number in numbers]
    return paged(call, [{key: value for key, value in one.items() if key != "merged"} for one in shown])


def show_comment(call: Call, state: State, one: State) -> dict[str, Any]:
    place = f"{call.base}/repos/{state['repository']['full_name']}/issues"
    return {
        "id": one["id"],
        "url": f"{place}/comments/{one['id']}",
        "html_url": f"https://github.example/comment/{one['id']}",
        "issue_url": f"{place}/{one['issue']}",
        "body": one["body"],
        "user": user(one["login"]),
        "created_at": one["created_at"],
        "updated_at": one["updated_at"],
    }


def list_comments(state: State, call: Call, number: str) -> Reply:
    if not _thread(state, number):
        return not_found()
    found = [one for one in state["comments"] if str(one["issue"]) == number]
    return paged(call, [show_comment(call, state, one) for one in found])


def create_comment(state: State, call: Call, number: str) -> Reply:
    body = call.json.get("body")
    if not _thread(state, number):
        return not_found()
    if refused := _refused(body, "IssueComment"):
        return refused
    at = now(state)
    one = {
        "id": next_id(state),
        "issue": int(number),
        "login": call.login,
        "body": body,
        "created_at": at,
        "updated_at": at,
    }
    state["comments"].append(one)
    return Reply(201, show_comment(call, state, one))


def change_comment(state: State, call: Call, number: str) -> Reply:
    one = _comment(state, number)
    if one is None:
        return not_found()
    body = call.json.get("body")
    if refused := _refused(body, "IssueComment"):
        return refused
    one.update(body=body, updated_at=now(state))
    return Reply(200, show_comment(call, state, one))


def delete_comment(state: State, call: Call, number: str) -> Reply:
    one = _comment(state, number)
    if one is None:
        return not_found()
    state["comments"].remove(one)
    return Reply(204)


def show_issue(call: Call, state: State, one: State) -> dict[str, Any]:
    known = {key: one[key] for key in ("number", "title", "body", "state", "state_reason", "updated_at")}
    place = state["repository"]["full_name"]
    return {
        **known,
        "url": f"{call.base}/repos/{place}/issues/{one['number']}",
        "html_url": f"https://github.example/{place}/issues/{one['number']}",
        "labels": [{"name": name} for name in one["labels"]],
        "user": user(one["login"]),
    }


def list_issues(state: State, call: Call) -> Reply:
    wanted, labels = call.query.get("state", "open"), call.query.get("labels", "")
    found = [
        show_issue(call, state, one)
        for one in reversed(state["issues"])
        if wanted in ("all", one["state"])
        and all(label in one["labels"] for label in labels.split(",") if label)
        and call.query.get("creator", one["login"]) == one["login"]
    ]
    # GitHub lists pull requests among the issues; they carry labels too.
    pulls = [
        {**show_pull(state, one), "labels": [], "body": "", "pull_request": {"url": "…"}}
        for one in state["pulls"].values()
        if not labels and wanted in ("all", one["state"])
    ]
    if call.query.get("direction") == "asc":
        found.reverse()
    return paged(call, [*found, *pulls])


def create_issue(state: State, call: Call) -> Reply:
    asked = call.json
    if not asked.get("title"):
        return invalid("Issue", "title", "title is missing")
    if refused := _refused(asked.get("body", ""), "Issue", empty=True):
        return refused
    one = {
        "number": next_id(state),
        "title": asked["title"],
        "body": asked.get("body", ""),
        "state": "open",
        "state_reason": None,
        # Since 2025, those that do not exist are dropped from the issues of a job's token.
        "labels": [name for name in asked.get("labels", []) if name in state["labels"]],
        "login": call.login,
        "updated_at": now(state),
    }
    state["issues"].append(one)
    return Reply(201, show_issue(call, state, one))


def change_issue(state: State, call: Call, number: str) -> Reply:
    one = next((one for one in state["issues"] if str(one["number"]) == number), None)
    if one is None:
        return not_found()
    asked = call.json
    if refused := _refused(asked.get("body", ""), "Issue", empty=True):
        return refused
    if asked.get("state", "open") not in ("open", "closed"):
        return invalid("Issue", "state", "state is not included in the list")
    names = ("title", "body", "state", "state_reason", "labels")
    one.update({name: asked[name] for name in names if name in asked}, updated_at=now(state))
    if asked.get("state") == "open":
        one["state_reason"] = "reopened"
    return Reply(200, show_issue(call, state, one))


def get_label(state: State, call: Call, name: str) -> Reply:
    known = unquote(name) in state["labels"]
    return Reply(200, {"name": unquote(name)}) if known else not_found()


def create_label(state: State, call: Call) -> Reply:
    name = call.json.get("name")
    if name in state["labels"]:
        return invalid("Label", "name", "already_exists")
    state["labels"].append(name)
    return Reply(201, {"name": name})


def list_statuses(state: State, call: Call, commit: str) -> Reply:
    found = [one for one in reversed(state["statuses"]) if one["sha"] == commit]
    return paged(call, [{**one, "creator": user(one["login"])} for one in found])


def create_status(state: State, call: Call, commit: str) -> Reply:
    asked = call.json
    if not re.fullmatch("[0-9a-f]{40}", commit):
        return error(422, f"No commit found for SHA: {commit}")
    if asked.get("state") not in STATES:
        return invalid("Status", "state", "state is not included in the list")
    if len(asked.get("description") or "") > LONGEST_DESCRIPTION:
        return invalid("Status", "description", "description is too long (maximum is 140 characters)")
    if not re.fullmatch("https?://.*|", asked.get("target_url") or ""):
        return invalid("Status", "target_url", "target_url must use http(s) scheme")
    one = {
        "id": next_id(state),
        "sha": commit,
        "context": asked.get("context", "default"),
        "state": asked["state"],
        "description": asked.get("description"),
        "target_url": asked.get("target_url"),
        "login": call.login,
        "created_at": now(state),
    }
    state["statuses"].append(one)
    return Reply(201, {**one, "creator": user(call.login)})


def _thread(state: State, number: str) -> bool:
    return number in state["pulls"] or any(str(one["number"]) == number for one in state["issues"])


def _comment(state: State, number: str) -> State | None:
    return next((one for one in state["comments"] if str(one["id"]) == number), None)


def _refused(body: object, resource: str, *, empty: bool = False) -> Reply | None:
    if not isinstance(body, str) or (not body.strip() and not empty):
        return invalid(resource, "body", "body can't be blank")
    if len(body) > LONGEST_BODY:
        return invalid(resource, "body", f"body is too long (maximum is {LONGEST_BODY} characters)")
    return None
