"""reviewed: the command in a job, its files, its outputs, and what it asks GitHub."""

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.adapters.github.transport import GithubPatience
from reconciler.app.github import connecting
from tests.cli.verbs.github.conftest import Serving
from tests.support.github import pull
from tests.support.github.jobs import JobFiles
from tests.support.github.state import BOT, now
from tests.support.github.uploads import upload, zipped
from tests.support.repositories import git
from tests.support.workspace import Done

HEADS = {7: "7" * 40, 8: "8" * 40}


@pytest.fixture
def commits(serving: Serving) -> list[str]:
    """Three commits: applied, then pull requests 7 and 8, whose plans were saved."""
    made = [git(serving.root, "rev-parse", "HEAD")]
    state = serving.hub.state
    for number in HEADS:
        serving.workspace.write("manifests/note.txt", str(number))
        made.append(serving.commit(f"pull request {number}"))
        state["pulls"][str(number)] = pull(number, HEADS[number], merged=True)
        state["commit_pulls"][made[-1]] = [number]
        save(serving, number)
    state["branches"]["main"] = list(reversed(made))
    apply(serving, made[0])
    return made


def save(serving: Serving, number: int, target: str = "local", **more: Any) -> None:
    name = f"reconcile-plan.{target}.{number}.{HEADS[number]}"
    content = {"plan.json": json.dumps({"of": number}).encode()}
    upload(serving.hub.state, name, more.pop("content", content), HEADS[number], **more)


def apply(serving: Serving, commit: str, target: str = "local", state: str = "success") -> None:
    serving.hub.state["statuses"].append(
        {"id": 1, "sha": commit, "context": f"reconcile/{target}", "state": state, "login": BOT}
    )


def reviewed(
    serving: Serving, sha: str, code: int = 0, event: str = "push", *words: str
) -> tuple[Done, JobFiles, Path]:
    within = serving.job(event, sha)
    out = within.folder / "reviewed"
    asked = words or ("-t", "local")
    return (
        serving.run(within, "reviewed", *asked, "--out", str(out), "--format", "json", code=code),
        within,
        out,
    )


def of_local(done: Done) -> dict[str, Any]:
    (found,) = done.json["targets"]
    return dict(found)


def test_two_merges_are_reviewed_and_their_plans_are_there(serving: Serving, commits: list[str]) -> None:
    done, within, out = reviewed(serving, commits[-1])
    found = of_local(done)
    assert (found["state"], found["since"], found["reasons"]) == ("reviewed", commits[0], [])
    assert [one["number"] for one in found["pulls"]] == [7, 8]
    for one in found["pulls"]:
        assert one["plan"] == str(out / "local" / str(one["number"]) / "plan.json")
        assert json.loads(Path(one["plan"]).read_text()) == {"of": one["number"]}
    assert within.outputs == {"reviewed": '["local"]', "unreviewed": "[]"}
    assert all("authorization" not in headers for headers in serving.hub.downloads)
    text = serving.run(within, "reviewed", "-t", "local", "--out", str(within.folder / "again")).out
    assert f"local: reviewed, applied last at {commits[0][:12]}" in text
    assert "    pull request #8 at 888888888888, its plan is there" in text


def test_made_again_after_it_was_applied_there_is_nothing_more(serving: Serving, commits: list[str]) -> None:
    apply(serving, commits[-1])
    done, _, out = reviewed(serving, commits[-1])
    assert (of_local(done)["state"], of_local(done)["pulls"]) == ("reviewed", [])
    assert list((out / "local").iterdir()) == []


def test_a_run_of_an_older_commit_is_refused(serving: Serving, commits: list[str]) -> None:
    reviewed(serving, commits[1])  # nobody has applied the later one yet
    apply(serving, commits[2], state="failure")
    reviewed(serving, commits[1])
    apply(serving, commits[2])
    done, within, out = reviewed(serving, commits[1], 4)
    assert f"{commits[2][:12]}, a later commit of main, was applied to local already" in done.err
    assert within.outputs == {}
    assert not out.exists()


def test_an_apply_that_did_all_but_what_is_blocked_is_one_for_those_after_it(
    serving: Serving, commits: list[str]
) -> None:
    apply(serving, commits[1], state="error")
    done, _, _ = reviewed(serving, commits[2])
    assert of_local(done)["since"] == commits[1]
    assert [one["number"] for one in of_local(done)["pulls"]] == [8]
    apply(serving, commits[2], state="error")  # the run is made again: it is still to be done
    done, _, _ = reviewed(serving, commits[2])
    assert [one["number"] for one in of_local(done)["pulls"]] == [8]
    done, _, _ = reviewed(serving, commits[1], 4)
    assert "was applied to local already" in done.err


def test_a_commit_that_is_not_on_its_branch_any_more_is_refused(serving: Serving, commits: list[str]) -> None:
    serving.hub.state["branches"]["main"] = ["f" * 40]
    done, _, _ = reviewed(serving, commits[2], 4)
    assert "is not among the newest 300 commits of its branch" in done.err


@pytest.mark.parametrize(
    ("environment", "code", "said"),
    [
        ({"reviewers": ["User octocat"]}, 0, ""),
        ({}, 5, "the environment local-approval has no required reviewers"),
        (None, 5, "the environment local-approval does not exist"),
    ],
)
def test_what_nobody_reviewed_needs_approval(
    serving: Serving, commits: list[str], environment: dict | None, code: int, said: str
) -> None:
    if environment is not None:
        serving.hub.state["environments"]["local-approval"] = environment
    serving.hub.state["commit_pulls"][commits[1]] = []
    done, within, out = reviewed(serving, commits[-1], code)
    found = of_local(done)
    assert found["state"] == "unreviewed"
    assert found["reasons"] == [f"pushed without a pull request to main: {commits[1][:12]}"]
    assert [one["plan"] for one in found["pulls"]] == [None]
    assert said in found["refused"]
    assert said in done.err
    assert within.outputs == {"reviewed": "[]", "unreviewed": "[]" if code else '["local"]'}
    assert not out.exists()


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"fork": True}, "was not made by a run of this repository"),
        ({"expired": True}, "has expired"),
        ({"after": True}, "was made after the merge, so nobody reviewed it"),
        ({"content": {"../../plan.json": b"{}"}}, "cannot be read: it holds no plan.json"),
        ({"content": zipped({"plan.json": b"{}"})[:40]}, "cannot be read: it is no zip file"),
    ],
)
def test_a_plan_that_is_not_the_reviewed_one_does_not_count(
    serving: Serving, commits: list[str], more: dict, reason: str
) -> None:
    serving.hub.state["environments"]["local-approval"] = {"reviewers": ["User octocat"]}
    artifacts = serving.hub.state["artifacts"]
    del artifacts[1]
    if more.pop("after", False):
        serving.hub.state["pulls"]["8"]["merged_at"] = now(serving.hub.state)
    save(serving, 8, **more)
    done, _, out = reviewed(serving, commits[-1])
    (found,) = of_local(done)["reasons"]
    assert "#8" in found
    assert reason in found
    assert not out.exists()


@pytest.mark.parametrize("by", ["a pull request", "a push"])
def test_what_changes_other_files_alone_needs_no_review(
    serving: Serving, commits: list[str], by: str
) -> None:
    state = serving.hub.state
    serving.workspace.write("README.md", "x")
    commits.append(serving.commit())
    state["branches"]["main"].insert(0, commits[-1])
    if by == "a pull request":
        state["pulls"]["9"] = pull(9, "9" * 40, merged=True)
        state["commit_pulls"][commits[-1]] = [9]
    done, _, _ = reviewed(serving, commits[-1])
    assert of_local(done)["state"] == "reviewed"
    assert [one["number"] for one in of_local(done)["pulls"]] == [7, 8]


@pytest.mark.parametrize("file", ["reconciler.yaml", "models/m/1/weights.bin", "manifests/hello.yaml"])
def test_what_a_target_is_made_of_needs_review_wherever_it_lies(
    serving: Serving, commits: list[str], file: str
) -> None:
    state = serving.hub.state
    state["environments"]["local-approval"] = {"reviewers": ["User octocat"]}
    place = serving.root / file
    if not place.exists():
        hello = (serving.root / "manifests/hello.yaml").read_text()
        assert "modelRepository: hello\n" in hello
        hello = hello.replace("modelRepository: hello\n", "modelRepository: ../models\n")
        serving.workspace.write(
            "manifests/hello.yaml", hello.replace("description: one", "description: /../x")
        )
        commits.append(serving.commit())
        apply(serving, commits[-1])
    serving.workspace.write(file, f"{place.read_text() if place.exists() else ''}# x\n")
    commits.append(serving.commit())
    state["branches"]["main"] = list(reversed(commits))
    done, _, _ = reviewed(serving, commits[-1])
    assert of_local(done)["reasons"][0].startswith("pushed without a pull request to main")


def test_a_pull_request_that_github_knows_late_is_waited_for(
    serving: Serving, commits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = serving.hub.state
    state["commit_pulls"][commits[-1]], waited = [], []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        state["commit_pulls"][commits[-1]] = [8] if len(waited) == 2 else []

    monkeypatch.setattr(connecting, "patience", GithubPatience(sleep=sleep, jitter=lambda: 1.0))
    done, _, _ = reviewed(serving, commits[-1])
    assert of_local(done)["state"] == "reviewed"
    assert waited == [1.0, 2.0]


def test_the_first_run_ever_and_one_by_hand(serving: Serving, commits: list[str]) -> None:
    serving.hub.state["environments"]["local-approval"] = {"reviewers": ["Team ml"]}
    done, _, _ = reviewed(serving, commits[-1], 0, "workflow_dispatch")
    assert of_local(done)["reasons"] == ["the run was started by hand"]
    serving.hub.state["statuses"] = []
    done, _, _ = reviewed(serving, commits[-1])
    assert of_local(done)["reasons"] == ["no commit of the branch was applied to it yet"]
    assert of_local(done)["since"] == ""


def test_targets_are_apart(serving: Serving, commits: list[str]) -> None:
    settings = (serving.root / "reconciler.yaml").read_text()
    serving.workspace.write("reconciler.yaml", f"{settings}  other: {{emulator: {{}}, project: tests}}\n")
    serving.hub.state["environments"]["other-approval"] = {"reviewers": ["Team ml"]}
    apply(serving, commits[1], "other")
    done, within, _ = reviewed(serving, commits[-1], 0, "push", "-t", "other", "-t", "local")
    states = {one["name"]: (one["state"], one["since"]) for one in done.json["targets"]}
    assert states == {"other": ("unreviewed", commits[1]), "local": ("reviewed", commits[0])}
    assert within.outputs == {"reviewed": '["local"]', "unreviewed": '["other"]'}


def test_a_shallow_clone_says_what_it_needs(serving: Serving, commits: list[str], tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth", "2", f"file://{serving.root}", "shallow")
    serving.workspace = type(serving.workspace)(tmp_path / "shallow")
    done, _, _ = reviewed(serving, commits[-1], 1)
    assert "actions/checkout takes fetch-depth: 0" in done.err
    apply(serving, commits[1])
    reviewed(serving, commits[-1])  # as deep as that it need not be


def test_what_lies_there_already_would_count_as_reviewed(serving: Serving, commits: list[str]) -> None:
    within = serving.job("push", commits[-1])
    (within.folder / "plan.json").write_text("{}")
    done = serving.run(within, "reviewed", "-t", "local", "--out", str(within.folder), code=1)
    assert "it is no empty folder" in done.err
    assert serving.hub.asked == []


def test_without_permission_it_fails(serving: Serving, commits: list[str]) -> None:
    del serving.hub.state["tokens"][serving.hub.token]["permissions"]["actions"]
    done, within, out = reviewed(serving, commits[-1], 1)
    assert "403 Resource not accessible by integration" in done.err
    assert within.outputs == {}
    assert not out.exists()


def test_a_repository_without_a_tenancy_asks_which(serving: Serving, commits: list[str]) -> None:
    within = serving.job("push", commits[-1])
    done = serving.run(within, "reviewed", "--out", str(within.folder / "out"), code=1)
    assert "name one with -t" in done.err
