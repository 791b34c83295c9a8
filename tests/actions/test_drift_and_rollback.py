"""What runs on a schedule, and by hand."""

import oci

from tests.support.github_repository import Repository

APPROVAL = {"local-approval": {"reviewers": ["User octocat"], "wait": 0}}


def describe(repository: Repository, text: str) -> None:
    (one,) = repository.deployments()
    details = oci.data_science.models.UpdateModelDeploymentDetails(description=text)
    repository.sdk().update_model_deployment(one.id, details)


def test_drift_opens_an_issue_updates_and_closes_it(repository: Repository) -> None:
    repository.begin_applied()
    assert repository.run_drift().succeeded
    assert repository.state()["issues"] == []

    describe(repository, "changed by hand")
    found = repository.run_drift()

    assert not found.succeeded
    assert 2 in found.exit_codes
    (opened,) = repository.state()["issues"]
    assert opened["state"] == "open"
    assert "changed by hand" in opened["body"]

    describe(repository, "changed again")
    repository.run_drift()

    (updated,) = repository.state()["issues"]
    assert updated["number"] == opened["number"]
    assert "changed again" in updated["body"]

    describe(repository, "Greets whoever is named")
    over = repository.run_drift()

    assert over.succeeded, over.log
    (closed,) = repository.state()["issues"]
    assert (closed["number"], closed["state"]) == (opened["number"], "closed")


def test_a_rollback_is_pushed_as_a_branch_with_a_link(repository: Repository) -> None:
    repository.begin_applied()
    good = repository.git("rev-parse", "main")
    repository.replace("manifests/hello/1/model.py", "Hello", "Howdy")
    repository.commit()
    repository.push()

    run = repository.run_by_hand("rollback.yml", names="hello", to=good, how="branch", target="local")

    assert run.succeeded, run.log
    (branch,) = (name for name in repository.branches() if name.startswith("rollback-"))
    assert f"/compare/{branch}?expand=1" in run.summary
    assert "Hello" in repository.git("show", f"{repository.commit_of(branch)}:manifests/hello/1/model.py")
    assert "Howdy" in repository.git("show", "main:manifests/hello/1/model.py")


def test_a_rollback_at_once_holds_the_deployment_until_it_is_resumed(repository: Repository) -> None:
    repository.begin_applied()
    good = repository.git("rev-parse", "main")
    repository.replace("manifests/hello.yaml", "Greets whoever", "Insults whoever")
    repository.commit()
    repository.push()
    repository.run("apply", "--yes")
    repository.state(environments=APPROVAL)

    run = repository.run_by_hand("rollback.yml", names="hello", to=good, how="now", target="local")

    assert run.succeeded, run.log
    (deployment,) = repository.deployments()
    assert deployment.description == "Greets whoever is named"
    assert "held" in repository.run("plan").out

    resumed = repository.run_by_hand("rollback.yml", names="hello", to="", how="resume", target="local")

    assert resumed.succeeded, resumed.log
    assert "1 to update" in repository.run("plan").out


def test_a_rollback_at_once_is_refused_where_nobody_has_to_approve_it(repository: Repository) -> None:
    repository.begin_applied()

    run = repository.run_by_hand("rollback.yml", names="hello", to="previous", how="now", target="local")

    assert not run.succeeded
    assert 5 in run.exit_codes
