"""What GitHub's runner gives a job and takes from it, and the documents that other verbs have left there."""

import json
from pathlib import Path

import pytest

from reconciler.app.github.job import EventPull, job_of
from reconciler.app.github.runner_files import SUMMARY_BYTES, add_outputs, add_to_summary, fitting
from reconciler.app.github.verb_documents import document_of
from reconciler.core.model.errors import Failed, SetupError

COMMIT = "a" * 40
JOB = {
    "GITHUB_REPOSITORY": "acme/serving",
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_SHA": COMMIT,
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_RUN_ID": "42",
    "GITHUB_TOKEN": "a-secret-token",
}


def test_a_job() -> None:
    job = job_of(JOB)
    assert (job.branch, job.run, job.pull) == ("main", 42, None)
    assert job.url == "https://github.com/acme/serving/actions/runs/42"
    assert "a-secret-token" not in repr(job)
    assert job_of({**JOB, "GITHUB_REF": "refs/tags/v1", "GITHUB_RUN_ID": "x"}).url == ""


def test_the_pull_request_of_an_event(tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7, "head": {"sha": COMMIT}}}))
    variables = {**JOB, "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event)}
    assert job_of(variables).pull == EventPull(7, COMMIT)
    assert job_of({**variables, "GITHUB_EVENT_NAME": "merge_group"}).pull is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "holds no JSON"),
        ("[]", "holds no event of GitHub's"),
        ("{}", "names no pull request with its head"),
        ('{"pull_request": {"number": "7", "head": {"sha": "' + COMMIT + '"}}}', "names no pull request"),
        ('{"pull_request": {"number": 7, "head": {"sha": "../.."}}}', "names no pull request"),
    ],
)
def test_an_event_that_is_none(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "event.json").write_text(text)
    changes = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    with pytest.raises(Failed, match=f"event.json: .*{said}"):
        job_of({**JOB, **changes})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("GITHUB_REPOSITORY", "", "GITHUB_REPOSITORY is not set: this is for a job of GitHub Actions"),
        ("GITHUB_REPOSITORY", "../user/x", "GITHUB_REPOSITORY is no owner/name"),
        ("GITHUB_SHA", "HEAD", "GITHUB_SHA no commit"),
    ],
)
def test_a_job_that_is_none(name: str, value: str, said: str) -> None:
    with pytest.raises(SetupError, match=said):
        job_of({**JOB, name: value})


def test_a_summary_is_added_to_and_cut_at_a_deployment(tmp_path: Path) -> None:
    text = "head\n\n" + "".join(f"#### deployment {number}\n\n{'x' * 1000}\n\n" for number in range(2000))
    kept = fitting(text, SUMMARY_BYTES)
    assert len(kept.encode()) <= SUMMARY_BYTES
    assert kept.split("\n\n**The rest is left out:**")[0].rstrip("\n").endswith("x" * 1000)
    assert fitting("short", 100) == "short"
    assert fitting("x" * 100, 10) == ""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    assert add_to_summary(summary, text)
    assert summary.read_text().startswith("before\nhead")
    assert summary.stat().st_size <= SUMMARY_BYTES
    assert not add_to_summary(None, text)


def test_an_output_cannot_set_another_one(tmp_path: Path) -> None:
    output = tmp_path / "output"
    output.write_text("before=1\n")
    add_outputs(output, {"reviewed": '["prod"]'})
    assert output.read_text() == 'before=1\nreviewed=["prod"]\n'
    with pytest.raises(Failed, match="more than one line"):
        add_outputs(output, {"a": "b\nc=d"})
    assert output.read_text() == 'before=1\nreviewed=["prod"]\n'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "it is empty"),
        ("{", "it holds no JSON"),
        ('{"apiVersion": "reconciler.oci/plan.v1"}', "it is no such document"),
        ("[1]", "it is no such document"),
        ('{"apiVersion": 1, "apiVersion": 2}', "it has apiVersion twice in one object"),
        (None, "Is a directory"),
    ],
)
def test_files_that_are_none(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "file.json"
    path.mkdir() if content is None else path.write_text(content)
    with pytest.raises(Failed) as told:
        document_of(path, ("reconciler.oci/apply.v1",), "apply")
    assert str(told.value) == f"{path}: not what `reconcile apply --format json` prints ({said})"
