"""The stand-in as a process: its state and uploads are files, and it refuses what GitHub refuses."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.adapters.github.errors import GithubFailed
from reconciler.adapters.github.own_posts import OwnPosts
from reconciler.adapters.github.repository import GithubRepository
from reconciler.adapters.github.transport import GithubTransport
from tests.support.github import Hub, new_state, pull
from tests.support.github.state import REPOSITORY, TOKEN
from tests.support.waiting import wait_for
from tests.support.workspace import CHECKOUT


def test_it_keeps_its_state_and_serves_uploads(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text(json.dumps(new_state(pulls={"7": pull(7, "a" * 40)})))
    words = ["-m", "tests.support.github", "--state", tmp_path, "--port-file", tmp_path / "url"]
    process = subprocess.Popen([sys.executable, *words], cwd=CHECKOUT, stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: (tmp_path / "url").exists())
        repository = GithubRepository(GithubTransport((tmp_path / "url").read_text(), TOKEN), REPOSITORY)
        OwnPosts(repository).create_comment(7, "x", "x: text")
        kept = json.loads((tmp_path / "state.json").read_text())
        assert [one["body"] for one in kept["comments"]] == ["x: text"]
        asked = [json.loads(line) for line in (tmp_path / "asked.jsonl").read_text().splitlines()]
        assert [(one["method"], one["signed"]) for one in asked] == [("POST", True)]
        assert TOKEN not in (tmp_path / "asked.jsonl").read_text()
        place = tmp_path / "artifacts/42/reconcile-plan.prod.7.head"
        place.mkdir(parents=True)
        (place / "plan.json").write_text("{}")
        (place.parent / "run.json").write_text(json.dumps({"head_sha": "a" * 40}))
        (found,) = repository.uploads(place.name)
        assert (found.head, found.expired) == ("a" * 40, False)
        assert repository.plan_in(found) == b"{}"
    finally:
        process.terminate()
        assert process.wait() == 0


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/issues/7/comments", {"body": "x" * 65_537}, "body is too long"),
        ("/issues/7/comments", {"body": " "}, "can't be blank"),
        ("/issues/8/comments", {"body": "x"}, "404 Not Found"),
        (f"/statuses/{'a' * 40}", {"state": "fine"}, "state is not included"),
        (f"/statuses/{'a' * 40}", {"state": "success", "description": "x" * 141}, "description is too long"),
        ("/statuses/main", {"state": "success"}, "No commit found for SHA"),
        ("/issues", {"title": ""}, "title is missing"),
        ("/nothing", {}, "404 Not Found"),
    ],
)
def test_what_it_refuses(hub: Hub, transport: GithubTransport, path: str, body: dict, said: str) -> None:
    hub.state["pulls"]["7"] = pull(7, "a" * 40)
    with pytest.raises(GithubFailed, match=said):
        transport.send("POST", f"/repos/{REPOSITORY}{path}", body, again=True)
