"""What GitHub says of a repository, as values."""

import pytest

from reconciler.adapters.github.artifact_zips import BadZip
from reconciler.adapters.github.errors import GithubFailed, GithubNoAnswer, GithubNotAllowed
from reconciler.adapters.github.repository import CommitState, CommitStatus, GithubRepository
from reconciler.core.planning.review.reviewed import MergedPull
from tests.support.github import Hub, pull
from tests.support.github.conversations import LATER
from tests.support.github.state import REPOSITORY_ID
from tests.support.github.uploads import upload
from tests.support.http_service import Service

A, B, C = ("a" * 40, "b" * 40, "c" * 40)


def test_only_merged_pull_requests_are_read(hub: Hub, repository: GithubRepository) -> None:
    hub.state["pulls"] = {
        "1": pull(1, B, merged=True),
        "2": pull(2, C),
        "3": pull(3, C, merged=True, fork=True, base="release"),
    }
    hub.state["commit_pulls"] = {A: [1, 2, 3]}
    assert repository.pulls_of(A) == (
        MergedPull(1, B, "main", REPOSITORY_ID, LATER),
        MergedPull(3, C, "release", 9999, LATER),
    )
    assert repository.pulls_of(B) == ()


def test_a_fork_that_is_deleted_is_nobody_s(service: Service) -> None:
    from reconciler.adapters.github.transport import GithubTransport

    head = {"sha": A, "repo": None}
    service.say(200, [{"number": 4, "merged_at": "2026-01-01", "base": {"ref": "main"}, "head": head}])
    repository = GithubRepository(GithubTransport(service.url, "t"), "acme/serving")
    assert repository.pulls_of(B) == (MergedPull(4, A, "main", 0, "2026-01-01"),)


def test_a_success_stays_one(hub: Hub, repository: GithubRepository) -> None:
    for state, context in (("success", "reconcile/prod"), ("failure", "reconcile/prod"), ("failure", "x")):
        repository.set_status(A, CommitStatus(context, CommitState(state), "", ""))
    repository.set_status(A, CommitStatus("reconcile/test", CommitState.ERROR, "", ""))
    assert repository.ended_at(A, {CommitState.SUCCESS}) == {"reconcile/prod"}
    both = {CommitState.SUCCESS, CommitState.ERROR}
    assert repository.ended_at(A, both) == {"reconcile/prod", "reconcile/test"}
    assert repository.ended_at(B, both) == frozenset()


def test_a_status_fits_and_is_set_in_spite_of_a_lost_answer(hub: Hub, repository: GithubRepository) -> None:
    hub.state["faults"] = [{"on": "POST .*", "drop": "after"}]
    repository.set_status(A, CommitStatus("reconcile/prod", CommitState.SUCCESS, "x" * 200, "https://x/1"))
    first, second = hub.state["statuses"]
    assert first["description"] == second["description"] == "x" * 140
    assert second["target_url"] == "https://x/1"


def test_commits_after_another(hub: Hub, repository: GithubRepository) -> None:
    shas = [f"{number:040x}" for number in range(150)]
    hub.state["branches"]["main"] = shas
    assert repository.commits_after(shas[120], "main", 300) == tuple(shas[:120])
    assert repository.commits_after(shas[0], "main", 300) == ()
    assert repository.commits_after(shas[120], "main", 119) is None
    assert repository.commits_after(A, "main", 300) is None


def test_a_plan_comes_from_another_server_which_never_gets_the_token(
    hub: Hub, repository: GithubRepository
) -> None:
    upload(hub.state, "one", {"plan.json": b"{}"}, A)
    upload(hub.state, "two", {"plan.json": b"[]"}, A, fork=True, expired=True)
    (found,) = repository.uploads("one")
    assert (found.head, found.repository, found.expired) == (A, REPOSITORY_ID, False)
    assert repository.plan_in(found) == b"{}"
    assert [("authorization" in headers, headers["user-agent"]) for headers in hub.downloads] == [
        (False, hub.downloads[0]["user-agent"])
    ]
    (other,) = repository.uploads("two")
    assert (other.repository, other.expired) == (9999, True)
    with pytest.raises(GithubNotAllowed, match="410 Artifact has expired"):
        repository.plan_in(other)


def test_a_plan_of_another_digest_is_refused(hub: Hub, repository: GithubRepository) -> None:
    upload(hub.state, "one", {"plan.json": b"{}"}, A)
    (found,) = repository.uploads("one")
    other = upload(hub.state, "two", {"plan.json": b"[]"}, A)
    hub.state["artifacts"][0]["zip"] = other["zip"]
    with pytest.raises(BadZip, match="digest is not the one"):
        repository.plan_in(found)


def test_a_zip_that_is_too_large_is_not_read(hub: Hub, repository: GithubRepository) -> None:
    one = upload(hub.state, "one", {"plan.json": b"{}"}, A)
    place = repository.transport.location(f"{repository.path}/actions/artifacts/{one['id']}/zip")
    size = one["size_in_bytes"]
    assert len(repository.transport.download(place, size)) == size
    with pytest.raises(GithubFailed, match="the answer is larger than"):
        repository.transport.download(place, size - 1)


@pytest.mark.parametrize(
    ("environment", "reviewers"),
    [
        (None, None),
        ({}, 0),
        ({"wait": 5}, 0),
        ({"reviewers": ["User a", "Team b"], "wait": 5}, 2),
    ],
)
def test_reviewers_of_an_environment(
    hub: Hub, repository: GithubRepository, environment: dict | None, reviewers: int | None
) -> None:
    if environment is not None:
        hub.state["environments"]["prod-approval"] = environment
    assert repository.reviewers_of("prod-approval") == reviewers


@pytest.mark.parametrize("said", [[], {}, {"id": "x"}, {"id": True}, "x", None])
def test_an_answer_of_another_kind_is_no_answer(service: Service, said: object) -> None:
    from reconciler.adapters.github.transport import GithubTransport

    service.say(200, said)
    with pytest.raises(GithubFailed, match="has no id of the kind"):
        GithubRepository(GithubTransport(service.url, "t"), "acme/serving").identity()


def test_a_download_is_tried_again(hub: Hub, repository: GithubRepository) -> None:
    upload(hub.state, "one", {"plan.json": b"{}"}, A)
    (found,) = repository.uploads("one")
    busy = {"on": "GET /artifact/.*", "status": 503, "body": "busy"}
    hub.state["faults"] = [{**busy, "times": 4}]
    assert repository.plan_in(found) == b"{}"
    hub.state["faults"] = [{**busy, "times": 5}]
    with pytest.raises(GithubNoAnswer, match=r"no answer .* 503"):
        repository.plan_in(found)
