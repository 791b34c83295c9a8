"""The workflows: each asks for little; one pull request, run by a real runner (make actions has more)."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.github_repository import repository_on_github
from tests.support.runner import make_runner
from tests.support.wheels import ROOT

WRITTEN = ROOT / "templates" / "init" / ".github" / "workflows"
OWN = ROOT / ".github" / "workflows"
WORKFLOWS = sorted([*OWN.glob("*.yml"), *WRITTEN.glob("*.yml")])
ACTIONS = sorted((ROOT / ".github" / "actions").glob("*/action.yml"))
LEVELS = {"none": 0, "read": 1, "write": 2}


def read(path: Path) -> dict[str, Any]:
    # YAML 1.1 takes the key `on` for true.
    return {"on" if key is True else key: value for key, value in yaml.safe_load(path.read_text()).items()}


def jobs_of(path: Path) -> list[dict[str, Any]]:
    return list(read(path)["jobs"].values())


def called_by(job: dict[str, Any]) -> Path:
    return OWN / re.sub(r"^.*/|@.*$", "", job["uses"])


def test_a_pull_request_is_planned_and_its_comment_tells_the_plan(tmp_path: Path) -> None:
    with repository_on_github(tmp_path, make_runner(tmp_path / "runner")) as repository:
        repository.replace("manifests/hello.yaml", "Greets whoever", "Hails whoever")
        number = repository.open_pull()

        run = repository.run_pull(number)

        assert run.succeeded, run.log
        (comment,) = repository.comments(number)
        assert "1 to create" in comment
        assert "Hails whoever" in comment
        assert "hello" in run.summary
        assert len(repository.plans_of(number)) == 1
        assert repository.deployments() == []


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_used_is_pinned_and_no_shell_reads_an_expression(path: Path) -> None:
    document = read(path)
    steps = document.get("runs", {}).get("steps", []) if path in ACTIONS else []
    jobs = [] if path in ACTIONS else jobs_of(path)

    for step in [*steps, *(step for job in jobs for step in job.get("steps", []))]:
        assert "${{" not in step.get("run", "")
        uses = step.get("uses", "./")
        assert uses.startswith("./") or re.fullmatch(r"[\w/.-]+@[0-9a-f]{40}", uses)
        if "actions/checkout@" in uses:
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.relative_to(ROOT)))
def test_workflows_ask_for_little(path: Path) -> None:
    workflow = read(path)

    assert workflow["permissions"] == {}
    assert "pull_request_target" not in path.read_text()
    assert "secrets: inherit" not in path.read_text()
    for job in jobs_of(path):
        assert job["permissions"].get("contents", "none") in LEVELS
        assert "uses" in job or job["timeout-minutes"] > 0


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_calls_another_workflow_gives_it_what_it_takes(path: Path) -> None:
    for job in jobs_of(path):
        if "uses" not in job:
            continue
        taken = read(called_by(job))["on"]["workflow_call"]
        assert set(job.get("with", {})) <= set(taken["inputs"])
        assert set(job.get("secrets", {})) <= set(taken["secrets"])
        required = {name for name, one in taken["inputs"].items() if one.get("required")}
        assert required <= set(job.get("with", {}))
        # A job that asks for more than its caller has makes GitHub refuse the whole run.
        for called in jobs_of(called_by(job)):
            for name, level in called["permissions"].items():
                assert LEVELS[job["permissions"].get(name, "none")] >= LEVELS[level], (name, level)


def test_only_the_jobs_for_it_may_sign_in_or_write() -> None:
    may = {
        (path.stem, name): {key for key, level in job["permissions"].items() if level == "write"}
        for path in OWN.glob("reconcile-*.yml")
        for name, job in read(path)["jobs"].items()
    }
    may = {place: scopes for place, scopes in may.items() if scopes}

    assert may == {
        ("reconcile-plan", "plan"): {"id-token", "pull-requests"},
        ("reconcile-apply", "apply"): {"id-token", "pull-requests", "statuses"},
        ("reconcile-apply", "look"): {"id-token"},
        ("reconcile-apply", "approved"): {"id-token", "pull-requests", "statuses"},
        ("reconcile-drift", "drift"): {"id-token", "issues"},
        ("reconcile-rollback", "branch"): {"id-token", "contents"},
        ("reconcile-rollback", "now"): {"id-token"},
        ("reconcile-image", "image"): {"id-token", "contents"},
    }


def test_no_condition_takes_a_step_that_did_not_run_for_one_that_ended_well() -> None:
    """What a skipped step has put out is null, and GitHub takes null for equal to '0'."""
    for path in WORKFLOWS:
        assert not re.search(r"outputs\.\w+ *(==|!=) *('0'|0\b|false)", path.read_text()), path


def test_secrets_are_read_by_those_jobs_alone_and_history_where_it_is_needed() -> None:
    for path in OWN.glob("reconcile-*.yml"):
        for name, job in read(path)["jobs"].items():
            text = yaml.safe_dump(job)
            assert ("secrets." in text) is ("id-token" in job["permissions"]), (path.stem, name)
            if re.search("reconcile reviewed|--base|reconcile rollback|drift -t", text):
                assert "fetch-depth: 0" in text, (path.stem, name)


def test_a_job_that_applies_is_alone_with_its_target_and_in_an_environment() -> None:
    for path in OWN.glob("reconcile-*.yml"):
        for job in jobs_of(path):
            if "reconcile apply" not in yaml.safe_dump(job) and "--now" not in yaml.safe_dump(job):
                continue
            assert job["concurrency"]["group"] in (
                "reconcile-${{ matrix.target }}",
                "reconcile-${{ inputs.target }}",
            )
            assert job["concurrency"]["cancel-in-progress"] is False
            # Else a rollback that waits would drop a merge that waits, and the other way round.
            assert job["concurrency"]["queue"] == "max"
            assert job["environment"] in ("${{ matrix.target }}", "${{ inputs.target }}")


def test_a_job_that_waits_for_approval_holds_nothing_up_and_can_do_nothing() -> None:
    found = []
    for path in OWN.glob("reconcile-*.yml"):
        for name, job in read(path)["jobs"].items():
            if "-approval" in str(job.get("environment", "")):
                found.append((path.stem, name))
                assert "concurrency" not in job
                assert job["permissions"] == {"contents": "read"}
    assert sorted(found) == [("reconcile-apply", "approval"), ("reconcile-rollback", "approved")]
    # Nothing else of the two is applied without it: one needs the plan that only the approved job hands on.
    apply, rollback = (read(OWN / f"reconcile-{name}.yml")["jobs"] for name in ("apply", "rollback"))
    assert "reconcile-approved.${{ matrix.target }}.${{ github.run_attempt }}" in (
        step.get("with", {}).get("name") for step in apply["approved"]["steps"]
    )
    assert rollback["now"]["needs"] == "approved"
    assert "if" not in rollback["now"]


def test_what_somebody_types_is_no_option_and_no_module_of_the_repository_is_run() -> None:
    for path in [*OWN.glob("reconcile-*.yml"), *ACTIONS]:
        for line in path.read_text().splitlines():
            assert '"${names[@]}"' not in line or '-- "${names[@]}"' in line, line
            assert not re.search(r"\bpython -(?!I )", line), line


def test_the_end_of_an_apply_is_told_however_it_ends() -> None:
    jobs = read(OWN / "reconcile-apply.yml")["jobs"]
    for job in (jobs["apply"], jobs["approved"]):
        (told,) = (step for step in job["steps"] if step.get("name") == "tell the result")
        assert told["if"].startswith("always() && ")
        assert "cancelled" in told["if"]


def test_a_key_is_written_for_its_owner_alone(tmp_path: Path) -> None:
    (step,) = read(ROOT / ".github/actions/oci-config/action.yml")["runs"]["steps"]
    config = "[DEFAULT]\nuser=u\nkey_file = ~/.oci/mine.pem\n[OTHER]\nkey_file=/x\npass_phrase=p"
    given = {"CONFIG": config, "KEY": "-----BEGIN\nkey\n-----END", "RUNNER_TEMP": str(tmp_path)}

    subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]],
        env={"PATH": os.environ["PATH"], "GITHUB_OUTPUT": str(tmp_path / "output"), **given},
        check=True,
    )

    file, key = tmp_path / "oci/config", tmp_path / "oci/key.pem"
    assert (tmp_path / "output").read_text() == f"file={file}\n"
    assert file.read_text() == (
        f"[DEFAULT]\nuser=u\nkey_file={key}\n[OTHER]\nkey_file={key}\npass_phrase=p\n"
    )
    assert key.read_text() == "-----BEGIN\nkey\n-----END\n"
    assert [path.stat().st_mode & 0o777 for path in (file.parent, file, key)] == [0o700, 0o600, 0o600]


def test_a_key_is_removed_by_every_job_that_writes_one() -> None:
    for path in OWN.glob("reconcile-*.yml"):
        for job in jobs_of(path):
            if "oci-config" in yaml.safe_dump(job):
                last = job["steps"][-1]
                assert (last["if"], last["run"]) == ("always()", 'rm -rf "$RUNNER_TEMP/oci"')


@pytest.mark.parametrize("name", ["plan", "apply"])
def test_our_own_examples_go_the_way_that_init_writes(name: str) -> None:
    written, own = (jobs_of(folder / f"{name}.yml")[0] for folder in (WRITTEN, OWN))

    assert called_by(written) == called_by(own)
    assert written["permissions"] == own["permissions"]
