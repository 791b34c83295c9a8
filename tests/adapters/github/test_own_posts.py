"""Comments and issues that are found again: never somebody else's, and never two for one."""

import pytest

from reconciler.adapters.github.errors import GithubFailed, GithubNoAnswer
from reconciler.adapters.github.own_posts import OwnPosts
from tests.support.github import Hub, pull
from tests.support.github.state import BOT

MARK = "<!-- reconcile:plan:prod -->"


@pytest.fixture(autouse=True)
def pulls(hub: Hub) -> None:
    hub.state["pulls"] = {"7": pull(7, "a" * 40)}


def put(hub: Hub, login: str, body: str) -> None:
    number = len(hub.state["comments"]) + 1
    hub.state["comments"].append(
        {"id": number, "issue": 7, "login": login, "body": body, "created_at": "", "updated_at": ""}
    )


def test_only_our_own_with_the_marker_in_front_are_found(hub: Hub, posts: OwnPosts) -> None:
    put(hub, "octocat", f"{MARK}\nforged")
    put(hub, "another[bot]", f"{MARK}\nforged")
    put(hub, BOT, f"> {MARK}\nquoted")
    put(hub, BOT, f"{MARK}\nours")
    put(hub, BOT, "<!-- reconcile:plan:prod-eu -->\nof another target")
    assert [one.number for one in posts.comments(7, MARK)] == [4]


def test_with_a_person_s_token_they_are_that_person_s(hub: Hub, posts: OwnPosts) -> None:
    hub.state["tokens"][hub.token].update(login="octocat", app=False)
    put(hub, "octocat", f"{MARK}\nours")
    put(hub, BOT, f"{MARK}\nof a job")
    assert [one.number for one in posts.comments(7, MARK)] == [1]


def test_all_pages_are_looked_through(hub: Hub, posts: OwnPosts) -> None:
    for _ in range(65):
        put(hub, "octocat", "talk")
    put(hub, BOT, f"{MARK}\nours")
    assert [one.number for one in posts.comments(7, MARK)] == [66]


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"drop": "before"}, {"status": 502}])
def test_a_lost_answer_makes_no_second_comment(hub: Hub, posts: OwnPosts, fault: dict) -> None:
    hub.state["faults"] = [{"on": "POST .*", **fault}]
    made = posts.create_comment(7, MARK, f"{MARK}\ntext")
    assert hub.bodies(7) == [f"{MARK}\ntext"]
    assert made.number == hub.state["comments"][0]["id"]


def test_it_gives_up(hub: Hub, posts: OwnPosts) -> None:
    hub.state["faults"] = [{"on": "POST .*", "status": 502, "times": 99}]
    with pytest.raises(GithubNoAnswer):
        posts.create_comment(7, MARK, f"{MARK}\ntext")
    assert hub.bodies(7) == []


def test_a_comment_is_changed_and_taken_away(hub: Hub, posts: OwnPosts) -> None:
    made = posts.create_comment(7, MARK, f"{MARK}\none")
    hub.state["faults"] = [{"on": "PATCH .*", "drop": "after"}, {"on": "DELETE .*", "drop": "after"}]
    assert posts.change_comment(made, f"{MARK}\ntwo").body == f"{MARK}\ntwo"
    assert hub.bodies(7) == [f"{MARK}\ntwo"]
    posts.delete_comment(made)
    assert hub.bodies(7) == []


def test_a_lost_answer_makes_no_second_issue(hub: Hub, posts: OwnPosts) -> None:
    hub.state["faults"] = [{"on": "POST .*", "drop": "after"}]
    made = posts.create_issue("drift", MARK, "title", f"{MARK}\ntext")
    assert [one["number"] for one in hub.state["issues"]] == [made.number]
    assert [one.number for one in posts.issues("drift", MARK)] == [made.number]
    closed = posts.change_issue(made, state="closed", state_reason="completed")
    assert (closed.open, hub.state["issues"][0]["state_reason"]) == (False, "completed")


def test_the_label_is_made_first_even_by_two_jobs_at_once(hub: Hub, posts: OwnPosts) -> None:
    posts.create_issue("drift", MARK, "title", f"{MARK}\ntext")
    posts.create_issue("drift", MARK, "title", f"{MARK}\ntext")
    assert hub.state["labels"] == ["bug", "drift"]
    hub.state["labels"].append("other")
    hub.state["faults"] = [{"on": "GET .*/labels/other", "status": 404}]
    posts.create_issue("other", MARK, "title", f"{MARK}\ntext")
    assert hub.state["issues"][-1]["labels"] == ["other"]


def test_an_issue_that_would_not_be_found_again_is_an_error(hub: Hub, posts: OwnPosts) -> None:
    hub.state["faults"] = [{"on": "GET .*/labels/.*", "status": 200, "body": "{}"}]
    with pytest.raises(GithubFailed, match="was opened without the label drift"):
        posts.create_issue("drift", MARK, "title", f"{MARK}\ntext")


def test_issues_of_others_are_not_ours(hub: Hub, posts: OwnPosts) -> None:
    posts.create_issue("drift", MARK, "title", f"{MARK}\ntext")
    hub.state["issues"][0]["login"] = "octocat"
    assert posts.issues("drift", MARK) == ()
