"""Pull requests, as GitHub would run them: what is told of each, and that nothing is changed."""

import json

import pytest

from tests.support.github_repository import Repository
from tests.support.here import start_here, stop_here

MARKER = "<!-- reconcile:plan:local -->"


def comment_of(repository: Repository, number: int) -> str:
    (comment,) = repository.comments(number)
    return comment


def test_one_that_changes_a_model_is_planned_for_its_reviewer(repository: Repository) -> None:
    repository.run("apply", "--yes")
    before = repository.state_of_cloud()
    repository.replace("manifests/hello/1/model.py", "Hello", "Howdy")
    number = repository.open_pull()

    run = repository.run_pull(number)

    assert run.succeeded, run.log
    comment = comment_of(repository, number)
    assert comment.startswith(MARKER)
    assert "1 to update" in comment
    assert "manifests/hello/1/model.py" in comment
    head = repository.state()["pulls"][str(number)]["head_sha"]
    assert head[:12] in comment
    assert "hello" in run.summary
    (kept,) = repository.plans_of(number)
    plan = json.loads(kept.read_text())
    assert [item["action"] for item in plan["deployments"]] == ["update"]
    assert repository.state_of_cloud() == before


def test_one_that_adds_a_deployment_is_told_again_in_the_same_comment(repository: Repository) -> None:
    repository.add_deployment("second")
    number = repository.open_pull()
    assert repository.run_pull(number).succeeded
    first = comment_of(repository, number)
    assert "2 to create" in first
    assert "third" not in first

    repository.git("checkout", "--quiet", f"change-{number}")
    repository.add_deployment("third")
    repository.change_pull(number)
    run = repository.run_pull(number)

    assert run.succeeded, run.log
    second = comment_of(repository, number)
    assert "3 to create" in second
    assert "third" in second
    assert repository.deployments() == []


def test_an_error_in_line_7_is_told_at_that_line(repository: Repository) -> None:
    lines = (repository.root / "manifests/hello.yaml").read_text().splitlines()
    assert lines[6].startswith("metadata:")
    repository.write("manifests/hello.yaml", "\n".join([*lines[:6], "metadta:", *lines[7:], ""]))
    number = repository.open_pull()

    run = repository.run_pull(number)

    assert not run.succeeded, run.log
    assert run.exit_codes == (3, 1)  # what needs a plan is not tried; the check that may be required fails
    assert run.jobs["plan/reconcile-plan/planned"] == "failure"
    annotation = next(one for one in run.annotations if one.get("line") == "7")
    assert annotation["file"] == "manifests/hello.yaml"
    comment = comment_of(repository, number)
    assert "manifests/hello.yaml:7" in comment
    assert "metadta" in comment
    assert repository.deployments() == []


def test_one_of_a_fork_is_validated_and_no_more(repository: Repository) -> None:
    repository.replace("manifests/hello/1/model.py", "Hello", "Howdy")
    number = repository.open_pull(fork=True)

    run = repository.run_pull(number)

    assert run.succeeded, run.log
    assert list(run.jobs) == ["plan/reconcile-plan/which targets", "plan/reconcile-plan/planned"]
    assert "1 manifest valid" in run.log
    assert repository.hub.asked == []
    assert repository.plans_of(number) == []


def test_what_a_merge_queue_has_put_together_is_validated_and_no_more(repository: Repository) -> None:
    run = repository.event("merge_group", {"action": "checks_requested"}, workflow="plan.yml")

    assert run.succeeded, run.log
    assert list(run.jobs) == ["plan/reconcile-plan/which targets", "plan/reconcile-plan/planned"]
    assert "1 manifest valid" in run.log
    assert repository.hub.asked == []


def test_one_that_changes_safety_says_so_before_all_else(repository: Repository) -> None:
    repository.replace("reconciler.yaml", "safety: {maxDeletes: 1}", "safety: {maxDeletes: 9}")
    number = repository.open_pull()

    run = repository.run_pull(number)

    assert run.succeeded, run.log
    comment = comment_of(repository, number)
    assert "maxDeletes" in comment
    assert comment.index("safety") < comment.index("hello")


def test_a_matrix_of_two_targets_has_a_comment_and_a_plan_each(repository: Repository) -> None:
    other = repository.root.parent / "other" / "emulator"
    repository.add_target("other", other)
    number = repository.open_pull()
    start_here(other)  # else the job would start one that nobody stops
    try:
        run = repository.run_pull(number)
    finally:
        stop_here(other)
    assert run.succeeded, run.log
    assert len(run.jobs) == 4
    comments = sorted(repository.comments(number))
    assert [comment.split(" -->")[0] for comment in comments] == [
        "<!-- reconcile:plan:local",
        "<!-- reconcile:plan:other",
    ]
    assert len(repository.plans_of(number)) == 2


@pytest.mark.parametrize("secret", ["", "GREETING=a-secret-of-many-letters\n"])
def test_secrets_of_manifests_come_in_one(repository: Repository, secret: str) -> None:
    repository.replace("reconciler.yaml", "secrets: []", "secrets: [GREETING]")
    manifest = "manifests/hello.yaml"
    repository.replace(manifest, "  server:", '  server:\n    env: {GREETING: "{{ env.GREETING }}"}\n   ')
    repository.write(
        manifest, (repository.root / manifest).read_text().replace("    # an image", " # an image")
    )
    number = repository.open_pull()

    run = repository.run_pull(number, secrets={"RECONCILER_SECRETS": secret} if secret else {})

    assert run.succeeded, run.log
    assert ("not looked at" in comment_of(repository, number)) is not bool(secret)
    assert "a-secret-of-many-letters" not in run.log + comment_of(repository, number) + run.summary
