"""Merges, as GitHub would run them: what was reviewed is applied, and nothing else."""

from typing import Any

import oci

from tests.support.github_repository import Repository

APPROVAL = {"local-approval": {"reviewers": ["User octocat"], "wait": 0}}


def reviewed(repository: Repository, old: str = "Hello", new: str = "Howdy") -> int:
    """A pull request whose plan was made."""
    repository.git("checkout", "--quiet", "main")
    repository.replace("manifests/hello/1/model.py", old, new)
    number = repository.open_pull()
    run = repository.run_pull(number)
    assert run.succeeded, run.log
    return number


def statuses(repository: Repository, commit: str) -> list[str]:
    return [
        one["state"]
        for one in repository.state()["statuses"]
        if (one["sha"], one["context"]) == (commit, "reconcile/local")
    ]


def answer(repository: Repository) -> Any:
    (deployment,) = repository.deployments()
    body = (repository.root / "manifests" / "hello" / "probe.json").read_bytes()
    asked = repository.ask(f"{deployment.model_deployment_url}/predict", "hello", body)
    assert asked.status_code == 200, asked.text
    return asked.json()["outputs"][0]["data"]


def change_in_the_console(repository: Repository) -> None:
    (one,) = repository.deployments()
    details = oci.data_science.models.UpdateModelDeploymentDetails(description="changed by hand")
    repository.sdk().update_model_deployment(one.id, details)


def test_a_merge_applies_what_was_reviewed(repository: Repository) -> None:
    repository.begin_applied()
    number = reviewed(repository)
    commit = repository.merge(number)

    run = repository.run_push()

    assert run.succeeded, run.log
    assert "look" not in " ".join(run.jobs)
    assert answer(repository) == ["Howdy, world!"]
    result = next(text for text in repository.comments(number) if "reconcile:result:local" in text)
    assert "hello" in result
    assert "hello" in run.summary
    assert statuses(repository, commit) == ["success"]


def test_two_quick_merges_are_applied_by_the_newer_run_alone(repository: Repository) -> None:
    repository.begin_applied()
    first = reviewed(repository)
    repository.git("checkout", "--quiet", "main")
    repository.add_deployment("second")
    second = repository.open_pull()
    assert repository.run_pull(second).succeeded
    before = repository.merge(first)
    after = repository.merge(second)

    newer = repository.run_push()

    assert newer.succeeded, newer.log
    names = sorted(one.display_name for one in repository.deployments() if one.lifecycle_state == "ACTIVE")
    assert names == ["hello", "second"]
    assert statuses(repository, after) == ["success"]
    for number in (first, second):
        assert any("reconcile:result:local" in text for text in repository.comments(number))

    state = repository.state_of_cloud()
    older = repository.run_push(at=before)

    assert not older.succeeded
    assert 4 in older.exit_codes
    assert repository.state_of_cloud() == state


def test_a_merge_after_somebodys_change_in_the_console_stops(repository: Repository) -> None:
    repository.begin_applied()
    number = reviewed(repository)
    commit = repository.merge(number)
    change_in_the_console(repository)
    before = repository.state_of_cloud()

    run = repository.run_push()

    assert not run.succeeded
    assert 4 in run.exit_codes
    assert repository.state_of_cloud() == before
    told = repository.comments(number)[-1]
    assert "description" in told
    assert statuses(repository, commit) == ["failure"]

    repository.state(environments=APPROVAL)
    by_hand = repository.run_by_hand("apply.yml")

    assert by_hand.succeeded, by_hand.log
    assert answer(repository) == ["Howdy, world!"]
    (deployment,) = repository.deployments()
    assert deployment.description == "Greets whoever is named"


def test_a_direct_push_is_applied_after_a_look(repository: Repository) -> None:
    repository.state(environments=APPROVAL)
    commit = repository.git("rev-parse", "main")

    run = repository.run_push()

    assert run.succeeded, run.log
    assert "will be created" in run.summary
    assert [one.lifecycle_state for one in repository.deployments()] == ["ACTIVE"]
    assert statuses(repository, commit) == ["success"]


def test_a_direct_push_is_refused_where_nobody_has_to_approve_it(repository: Repository) -> None:
    run = repository.run_push()

    assert not run.succeeded
    assert 5 in run.exit_codes, run.log
    assert "local-approval" in run.log
    assert repository.deployments() == []
