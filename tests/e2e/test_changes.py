"""Changes to a small deployment on a real Triton: new content, other metadata, an inactive one, and its
end.
"""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.hello import BODY, MODEL, write_hello
from tests.support.workspace import Workspace, make, stop, wait_until

RATE = 50.0
"""Requests in a second at most: the service takes 150 (docs/service.md §4.6)."""


@pytest.fixture
def hello(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = make(tmp_path_factory.mktemp("changes"))
    write_hello(workspace)
    workspace.run("apply", "--yes")
    yield workspace
    stop(workspace)


def answer(workspace: Workspace) -> float:
    (live,) = alive(workspace)
    reply = workspace.ask(f"{live.model_deployment_url}/predict", "m", BODY)
    assert reply.status_code == 200, reply.text
    return float(reply.json()["outputs"][0]["data"][0])


def alive(workspace: Workspace) -> list[Any]:
    found = workspace.sdk().list_model_deployments(workspace.note["compartment"]).data
    return [live for live in found if live.lifecycle_state != "DELETED"]


def test_one_byte_of_a_model_file_is_one_update_one_catalog_model_and_another_answer(
    hello: Workspace,
) -> None:
    assert answer(hello) == 14.0
    before = {model.id for model in hello.catalog()}
    write_hello(hello, factor=3)

    item = hello.plan()["hello"]
    assert item["action"] == "update"
    assert [change["field"] for change in item["changes"] if change["field"] != "lastApplied"] == [
        "spec.models"
    ]

    failures: list[str] = []
    done = threading.Event()
    endpoint = hello.endpoint("hello")

    def load() -> None:
        while not done.wait(1 / RATE):
            reply = hello.ask(endpoint, "m", BODY)
            if reply.status_code != 200:
                failures.append(reply.text)

    thread = threading.Thread(target=load)
    thread.start()
    hello.run("apply", "--yes")
    done.set()
    thread.join()

    assert failures == []
    assert answer(hello) == 21.0
    assert len({model.id for model in hello.catalog()} - before) == 1
    assert hello.plan()["hello"]["action"] == "nothing"


def test_description_and_labels_change_without_touching_the_model(hello: Workspace) -> None:
    models = {model.id for model in hello.catalog()}
    write_hello(hello, description="two")
    hello.run("apply", "--yes")
    (live,) = alive(hello)
    assert live.description == "two"
    assert {model.id for model in hello.catalog()} == models
    assert hello.plan()["hello"]["action"] == "nothing"


def test_another_version_structure_is_blocked_and_nothing_is_sent(hello: Workspace) -> None:
    models = {model.id for model in hello.catalog()}
    write_hello(hello, version="2")
    assert "m version 1 would no longer be served" in hello.run("plan", code=5).out
    hello.run("apply", "--yes", code=5)
    assert {model.id for model in hello.catalog()} == models
    assert answer(hello) == 14.0


def test_a_model_that_does_not_load_leaves_the_old_one_serving_and_says_why(hello: Workspace) -> None:
    hello.write("manifests/hello/m/1/model.py", f"{MODEL}raise RuntimeError('a broken model')\n")
    failed = hello.run("apply", "--yes", code=1)
    assert "bootstrapping" in failed.err
    assert "a broken model" in failed.err
    assert answer(hello) == 14.0


def test_an_inactive_deployment_refuses_and_apply_starts_it_again(hello: Workspace) -> None:
    client = hello.sdk()
    (live,) = alive(hello)
    client.deactivate_model_deployment(live.id)
    wait_until(lambda: alive(hello)[0].lifecycle_state == "INACTIVE", "it is inactive")
    reply = hello.ask(f"{live.model_deployment_url}/predict", "m", BODY)
    assert reply.status_code == 404
    hello.run("apply", "--yes")
    assert answer(hello) == 14.0


def test_a_saved_plan_is_applied_and_refused_when_the_cloud_has_moved_on(hello: Workspace) -> None:
    write_hello(hello, factor=5)
    hello.run("plan", "--out", "plan.json")
    hello.run("apply", "--plan", "plan.json", "--yes")
    assert answer(hello) == 35.0
    before = hello.state()
    hello.run("apply", "--plan", "plan.json", "--yes")
    assert hello.state() == before, "what is as asked is done"
    write_hello(hello, factor=6)
    hello.run("apply", "--yes")
    stale = hello.run("apply", "--plan", "plan.json", "--yes", code=4)
    assert "plan again" in stale.err.lower()
    assert answer(hello) == 42.0


def test_destroy_takes_the_deployment_and_its_catalog_models(hello: Workspace) -> None:
    hello.run("destroy", "hello", "--yes")
    assert hello.catalog() == []
    assert hello.run("status", "--format", "json").json["deployments"] == []
    assert hello.plan()["hello"]["action"] == "create"
    for _ in range(2):
        hello.run("apply", "--yes")
        assert answer(hello) == 14.0
        hello.run("destroy", "hello", "--yes")
    assert hello.catalog() == []


def test_apply_without_a_person_and_without_yes_sends_nothing(hello: Workspace) -> None:
    write_hello(hello, description="two")
    assert "--yes" in hello.run("apply", code=1).err
    (live,) = alive(hello)
    assert live.description == "one"


def test_a_path_prunes_nothing_and_no_manifest_at_all_is_refused(hello: Workspace) -> None:
    manifest = hello.root / "manifests/hello.yaml"
    hello.write("manifests/other.yaml", manifest.read_text().replace("name: hello", "name: other"))
    manifest.rename(hello.root / "hello.yaml")
    plan = hello.run("plan", "manifests/other.yaml", "--format", "json").json["deployments"]
    assert [(item["name"], item["action"]) for item in plan] == [("other", "create")]
    (hello.root / "manifests/other.yaml").unlink()
    assert "no manifest was found" in hello.run("plan", code=5).out
    refused = hello.run("apply", "--yes", "--format", "json", code=5)
    assert refused.json["deployments"][0]["name"] == "hello"
    assert answer(hello) == 14.0


def test_a_secret_is_nowhere_to_be_seen_and_a_saved_plan_brings_it_back(hello: Workspace) -> None:
    """Law 8: not in what is printed or saved; and what arrives is what was meant."""
    secret, shown = "hunter2-very-secret", []
    manifest = hello.root / "manifests/hello.yaml"
    text = manifest.read_text()
    manifest.write_text(text + '  server: {env: {A_TOKEN: "{{ env.X_TOKEN }}"}}\n')
    env = {"X_TOKEN": secret}
    for form in ("text", "json", "markdown"):
        shown.append(hello.run("plan", "--format", form, env=env).out)
    hello.run("plan", "--out", "plan.json", env=env)
    shown.append((hello.root / "plan.json").read_text())
    done = hello.run("apply", "--plan", "plan.json", "--yes", env=env)
    shown += [done.out, done.err]
    assert variables(hello)["A_TOKEN"] == secret
    assert all(secret not in text for text in shown)

    for unset in ({}, {"X_TOKEN": ""}):
        looked = hello.run("plan", "--detailed-exitcode", env=unset)
        assert "X_TOKEN is not set here" in looked.out
        refused = hello.run("apply", "--yes", env=unset, code=5)
        assert "set X_TOKEN where this runs" in refused.err
    hello.run("plan", "--out", "unset.json")
    refused = hello.run("apply", "--plan", "unset.json", "--yes", env=env, code=5)
    assert "X_TOKEN" in refused.err
    assert variables(hello)["A_TOKEN"] == secret
    manifest.write_text(text + '  server: {env: {A_TOKEN: "Bearer {{ env.X_TOKEN | upper }}"}}\n')
    for verb in (("validate",), ("plan",), ("apply", "--yes")):
        refused = hello.run(*verb, env=env, code=3)
        assert "changes a secret, or adds to it" in refused.err
        assert secret not in refused.err + refused.out


def variables(workspace: Workspace) -> dict[str, str]:
    (live,) = alive(workspace)
    details = live.model_deployment_configuration_details.environment_configuration_details
    return dict(details.environment_variables)
