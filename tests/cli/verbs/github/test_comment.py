"""comment: the command in a job, and what is on GitHub afterwards."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.verbs.github.conftest import Serving
from tests.support.github import pull
from tests.support.github.state import BOT
from tests.support.hello import MANIFEST, write_hello

MARK = "<!-- reconcile:plan:local -->"
RESULT_MARK = "<!-- reconcile:result:local -->"


@pytest.fixture
def branch(serving: Serving) -> str:
    """A branch that changes the manifest, and is pull request 7; its head."""
    write_hello(serving.workspace, description="two")
    head = serving.commit("a change")
    serving.hub.state["pulls"]["7"] = pull(7, head)
    return head


def comment_plan(serving: Serving, head: str, code: int = 0, run: int = 42, **more: str) -> Any:
    within = serving.job("pull_request", head, pull=7, head=head, run=run, **more)
    plan = serving.plan(within.folder / "plan.json")
    told = serving.run(within, "comment", "--plan", str(plan), "--base", "HEAD^1", code=code)
    return told, within


def test_one_comment_updated_in_place(serving: Serving, branch: str) -> None:
    told, within = comment_plan(serving, branch)
    assert "pull request #7: comment written" in told.out
    (first,) = serving.hub.bodies(7)
    assert first.startswith(f"{MARK}\n<!-- commit {branch}, run 42 -->\n")
    assert branch[:12] in first
    assert "hello" in first
    assert "https://github.example/acme/serving/actions/runs/42" in first
    assert "Out of date" not in first
    assert first.split("\n", 2)[2].splitlines()[0] in within.summary
    assert "publish model" in within.summary, "the summary has the whole plan"
    write_hello(serving.workspace, description="three")
    head = serving.commit("another change")
    serving.hub.state["pulls"]["7"]["head_sha"] = head
    told, _ = comment_plan(serving, head, run=43)
    assert "pull request #7: comment updated" in told.out
    (second,) = serving.hub.bodies(7)
    assert second.startswith(f"{MARK}\n<!-- commit {head}, run 43 -->\n")


def test_an_older_run_says_that_it_is_out_of_date_and_never_replaces_a_newer_one(
    serving: Serving, branch: str
) -> None:
    newer = "9" * 40
    serving.hub.state["pulls"]["7"]["head_sha"] = newer
    comment_plan(serving, branch)
    (body,) = serving.hub.bodies(7)
    assert f"**Out of date:** the branch is at <code>{newer[:12]}</code> now" in body
    mine = f"{MARK}\n<!-- commit {newer}, run 44 -->\nof the newest\n"
    serving.hub.state["comments"][0]["body"] = mine
    told, within = comment_plan(serving, branch)
    assert "the comment is left as it is: run 44 wrote it for a newer commit" in told.out
    assert serving.hub.bodies(7) == [mine]
    assert "hello" in within.summary


def test_a_forged_comment_is_left_alone_and_ours_is_one(serving: Serving, branch: str) -> None:
    forged = {
        "id": 1,
        "issue": 7,
        "login": "octocat",
        "body": f"{MARK}\nforged",
        "created_at": "",
        "updated_at": "",
    }
    ours = {**forged, "login": BOT, "body": f"{MARK}\nours"}
    serving.hub.state["comments"] = [forged, {**ours, "id": 2}, {**ours, "id": 3}]
    comment_plan(serving, branch)
    first, second = serving.hub.state["comments"]
    assert (first["body"], second["id"]) == (f"{MARK}\nforged", 2)
    assert second["body"].startswith(f"{MARK}\n<!-- commit {branch}, run 42 -->")


def test_without_the_permission_the_summary_has_to_do(serving: Serving, branch: str) -> None:
    serving.hub.state["tokens"][serving.hub.token]["permissions"] = {
        "contents": "read",
        "pull-requests": "read",
    }
    told, within = comment_plan(serving, branch)
    assert "note: the comment was not written: the job's summary has to do" in told.err
    assert "::warning title=reconcile comment::the comment was not written" in told.err
    assert serving.hub.bodies(7) == []
    assert "hello" in within.summary


def test_an_outage_is_an_error_and_the_summary_is_written(serving: Serving, branch: str) -> None:
    serving.hub.state["faults"] = [{"on": ".*", "status": 503, "times": 99}]
    told, within = comment_plan(serving, branch, code=1)
    assert "error: GitHub: GET /repos/acme/serving/pulls/7: 503 Server Error" in told.err
    assert "x-github-request-id" in told.err
    assert "hello" in within.summary


def test_print_asks_nobody_and_needs_no_job(serving: Serving, branch: str) -> None:
    plan = serving.plan(serving.jobs / "plan.json")
    done = serving.workspace.run("comment", "--plan", str(plan), "--base", "HEAD^1", "--print")
    assert "hello" in done.out
    assert MARK not in done.out
    assert serving.hub.asked == []


def test_problems_take_the_place_of_the_plan_whatever_is_wrong(serving: Serving, branch: str) -> None:
    comment_plan(serving, branch)
    serving.workspace.write("manifests/hello.yaml", f"{MANIFEST}  wrong: 1\n")
    within = serving.job("pull_request", branch, pull=7, head=branch, run=43)
    problems = serving.run(within, "validate", "--format", "json", code=3)
    (within.folder / "problems.json").write_text(problems.out)
    serving.workspace.write("reconciler.yaml", "broken: [")
    serving.run(within, "comment", "--problems", str(within.folder / "problems.json"))
    (body,) = serving.hub.bodies(7)
    assert body.startswith(f"{MARK}\n<!-- commit {branch}, run 43 -->\n### Manifests are not valid")
    assert "manifests/hello.yaml" in body


def result(serving: Serving, name: str, document: dict[str, Any]) -> str:
    path = serving.jobs.parent / f"{name}.json"
    path.write_text(json.dumps(document))
    return str(path)


def applied(**item: Any) -> dict[str, Any]:
    one = {"name": "hello", "action": "update", "result": "done", "seconds": 3.0, "error": None}
    return {
        "apiVersion": "reconciler.oci/apply.v1",
        "plan": "0" * 64,
        "target": "local",
        "owner": "tests",
        "project": "tests",
        "revision": None,
        "error": None,
        "refusals": [],
        "deployments": [{**one, "refusals": [], "notes": [], **item}],
    }


@pytest.fixture
def merged(serving: Serving, branch: str) -> str:
    """Pull requests 7 and 8 were merged after an apply; the pushed commit."""
    state = serving.hub.state
    first = serving.workspace
    state["statuses"] = [status_of(parent(serving, branch), "success")]
    write_hello(first, description="of eight")
    head = serving.commit("another")
    state["pulls"]["7"] = pull(7, "7" * 40, merged=True)
    state["pulls"]["8"] = pull(8, "8" * 40, merged=True)
    state["commit_pulls"] = {branch: [7], head: [8]}
    return head


def parent(serving: Serving, commit: str) -> str:
    from tests.support.repositories import git

    return git(serving.root, "rev-parse", f"{commit}^1")


def status_of(sha: str, state: str, context: str = "reconcile/local") -> dict[str, Any]:
    return {
        "id": 1,
        "sha": sha,
        "context": context,
        "state": state,
        "description": "",
        "target_url": "",
        "login": BOT,
    }


def test_a_result_is_told_on_every_pull_request_and_on_the_commit(serving: Serving, merged: str) -> None:
    within = serving.job("push", merged)
    done = serving.run(within, "comment", "--result", result(serving, "result", applied()))
    for number in (7, 8):
        (body,) = serving.hub.bodies(number)
        assert body.startswith(
            f"{RESULT_MARK}\n<!-- commit {merged}, run 42 -->\n### Apply to target local: 1 done"
        )
    *_, status = serving.hub.state["statuses"]
    assert (status["sha"], status["context"], status["state"]) == (merged, "reconcile/local", "success")
    assert status["description"] == "1 done"
    assert status["target_url"] == "https://github.example/acme/serving/actions/runs/42"
    assert f"commit {merged[:12]}: status reconcile/local is success" in done.out
    assert "### Apply to target local" in within.summary


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (
            applied(
                result="failed",
                error={"kind": "StepFailed", "message": "no\nmore", "exitCode": 1, "meaning": "failed"},
            ),
            "1 failed",
        ),
        (
            {
                "apiVersion": "reconciler.oci/error.v1",
                "error": {
                    "kind": "NotAllowed",
                    "message": "x" * 300 + "\nmore",
                    "exitCode": 1,
                    "meaning": "failed",
                },
            },
            "failed: xxx",
        ),
        (
            {**applied(), "refusals": [{"rule": "r", "reason": "too many", "choices": []}]},
            "refused: nothing was sent",
        ),
    ],
)
def test_what_went_wrong_is_a_failure_and_a_later_result_takes_its_place(
    serving: Serving, merged: str, document: dict[str, Any], words: str
) -> None:
    serving.run(serving.job("push", merged), "comment", "--result", result(serving, "failed", document))
    *_, status = serving.hub.state["statuses"]
    assert status["state"] == "failure"
    assert status["description"].startswith(words)
    assert len(status["description"]) <= 140
    serving.run(
        serving.job("push", merged, run=43), "comment", "--result", result(serving, "good", applied())
    )
    (body,) = serving.hub.bodies(7)
    assert "1 done" in body


def test_what_is_blocked_holds_up_no_later_commit(serving: Serving, merged: str) -> None:
    document = applied(result="blocked", action="blocked")
    document["deployments"] += [
        {**document["deployments"][0], "name": name, "result": result, "action": action}
        for name, result, action in (("other", "done", "update"), ("old", "left out", "delete"))
    ]
    serving.run(serving.job("push", merged), "comment", "--result", result(serving, "blocked", document))
    *_, status = serving.hub.state["statuses"]
    assert (status["state"], status["description"]) == ("error", "1 blocked, 1 left out, 1 done")
    document["deployments"][1]["result"] = "failed"
    document["deployments"][1]["error"] = {"message": "no", "exitCode": 1, "meaning": "failed"}
    serving.run(serving.job("push", merged), "comment", "--result", result(serving, "failed", document))
    assert serving.hub.state["statuses"][-1]["state"] == "failure"


def test_an_apply_that_was_ended_from_outside_is_told(serving: Serving, merged: str) -> None:
    nothing = serving.jobs.parent / "result.json"
    nothing.write_text("")
    within = serving.job("push", merged)
    serving.run(within, "comment", "--result", str(nothing))
    *_, status = serving.hub.state["statuses"]
    assert (status["sha"], status["state"]) == (merged, "failure")
    for text in (*serving.hub.bodies(7), *serving.hub.bodies(8), within.summary):
        assert "A part of it may be done" in text


def test_what_the_runner_signs_in_with_is_never_posted(serving: Serving, merged: str) -> None:
    error = {"kind": "Failed", "message": f"leaks {serving.hub.token}", "exitCode": 1, "meaning": "failed"}
    document = {**applied(result="failed", error=error), "error": error}
    serving.run(serving.job("push", merged), "comment", "--result", result(serving, "leak", document))
    assert "leaks (not shown)" in serving.hub.bodies(7)[0]
    assert serving.hub.state["statuses"][-1]["description"] == "failed: leaks (not shown)"
    tell_drift(serving, drift("hello", unseen=(f"leaks {serving.hub.token}",)))
    assert "leaks (not shown)" in serving.hub.state["issues"][0]["body"]


def test_differences_are_told_in_the_same_places(serving: Serving, merged: str, tmp_path: Path) -> None:
    (tmp_path / "reviewed").mkdir()
    words = ("plan", "--compare", str(tmp_path / "reviewed"), "--format", "json")
    compared = serving.run(serving.job("push", merged), *words, code=4)
    (tmp_path / "compared.json").write_text(compared.out)
    serving.run(serving.job("push", merged), "comment", "--differences", str(tmp_path / "compared.json"))
    (body,) = serving.hub.bodies(7)
    assert body.startswith(RESULT_MARK)
    assert "Target local: nothing was applied" in body
    *_, status = serving.hub.state["statuses"]
    assert (status["state"], status["description"]) == (
        "failure",
        "not applied: the plan holds more than was reviewed, or other",
    )


def test_a_result_without_permission_to_tell_it(serving: Serving, merged: str) -> None:
    permissions = {"contents": "read", "pull-requests": "read", "statuses": "read"}
    serving.hub.state["tokens"][serving.hub.token]["permissions"] = permissions
    told = serving.run(
        serving.job("push", merged), "comment", "--result", result(serving, "result", applied())
    )
    for lacking in ("the status was not set", "comment on pull request #7", "comment on pull request #8"):
        assert lacking in told.err


def test_the_status_is_set_though_it_cannot_be_said_what_was_merged(serving: Serving, merged: str) -> None:
    serving.hub.state["faults"] = [{"on": "GET .*/pulls", "status": 500, "times": 99}]
    within = serving.job("push", merged)
    told = serving.run(within, "comment", "--result", result(serving, "result", applied()), code=1)
    assert "500 Server Error" in told.err
    assert serving.hub.state["statuses"][-1]["state"] == "success"


def drift(*names: str, unseen: tuple[str, ...] = ()) -> dict[str, Any]:
    one = {
        "kind": "drift",
        "kept": "",
        "why": "live was changed",
        "manifest": "manifests/hello.yaml",
        "ocid": "ocid1.x",
        "state": "ACTIVE",
        "lastApplied": {"revision": "0" * 40, "unknown": ""},
        "notes": [],
        "fields": [],
    }
    return {
        "apiVersion": "reconciler.oci/drift.v1",
        "target": "local",
        "owner": "tests",
        "lookedAt": 3,
        "notLookedAt": list(unseen),
        "deployments": [{"name": name, **one} for name in names],
    }


def tell_drift(serving: Serving, document: dict[str, Any], code: int = 0) -> str:
    within = serving.job("schedule", "a" * 40)
    return serving.run(within, "comment", "--drift", result(serving, "drift", document), code=code).out


def issues(serving: Serving) -> list[tuple[str, int]]:
    """State of each issue, and how many comments it has."""
    return [(one["state"], len(serving.hub.bodies(one["number"]))) for one in serving.hub.state["issues"]]


def test_the_life_of_an_issue(serving: Serving) -> None:
    assert "no issue is open" in tell_drift(serving, drift())
    tell_drift(serving, drift("hello"))
    (issue,) = serving.hub.state["issues"]
    assert issue["labels"] == ["reconcile-drift"]
    assert issue["title"] == "Drift on target local"
    assert issue["body"].startswith(
        "<!-- reconcile:drift:local -->\n1 of 3 deployments on target local: 1 drift."
    )
    before = dict(issue)
    assert "says so already" in tell_drift(serving, drift("hello"))
    assert issue == before
    assert "updated" in tell_drift(serving, drift("hello", "other"))
    assert "#### other: drift" in issue["body"]
    assert "left as it is" in tell_drift(serving, drift(unseen=("a secret is not set",)))
    assert issues(serving) == [("open", 0)]
    assert "closed" in tell_drift(serving, drift())
    assert issues(serving) == [("closed", 1)]
    assert serving.hub.state["issues"][0]["state_reason"] == "completed"
    assert "opened again" in tell_drift(serving, drift("hello"))
    assert issues(serving) == [("open", 2)]


def test_an_issue_that_somebody_closes_while_there_is_drift_is_opened_again(serving: Serving) -> None:
    tell_drift(serving, drift("hello"))
    serving.hub.state["issues"][0]["state"] = "closed"
    tell_drift(serving, drift("hello"))
    assert issues(serving) == [("open", 1)]


def test_of_two_open_issues_the_newer_one_is_closed(serving: Serving) -> None:
    tell_drift(serving, drift("hello"))
    serving.hub.state["issues"].append({**serving.hub.state["issues"][0], "number": 2000})
    tell_drift(serving, drift("hello"))
    assert issues(serving) == [("open", 0), ("closed", 1)]


def test_drift_that_was_not_looked_at_changes_no_issue(serving: Serving) -> None:
    tell_drift(serving, drift("hello"))
    error = {"kind": "NotAllowed", "message": "signed out", "exitCode": 1, "meaning": "failed"}
    tell_drift(serving, {"apiVersion": "reconciler.oci/error.v1", "error": error}, code=1)
    assert issues(serving) == [("open", 0)]


WRONG_WORDS = {
    (): "one of --plan, --problems, --result, --differences and --drift is needed; none is given",
    ("--result", "FILE", "--drift", "FILE"): "--result and --drift are given",
    ("--plan", "FILE"): "--plan and --base go together",
    ("--drift", "FILE", "--base", "HEAD"): "--plan and --base go together",
    ("--drift", "nothing.json"): "does not exist",
}


def test_words_that_do_not_fit(serving: Serving) -> None:
    for words, said in WRONG_WORDS.items():
        named = tuple(result(serving, "file", drift()) if word == "FILE" else word for word in words)
        assert said in serving.workspace.run("comment", *named, code=1).err.replace("\n", " ")
