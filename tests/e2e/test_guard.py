"""The guard of the version structure is not theatre: what it refuses really fails the requests of clients
that pin a version. Real Triton.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.hello import BODY
from tests.support.here import start_here
from tests.support.load import Load
from tests.support.pair import ASKED, MODELS, Pair, questions, write_model
from tests.support.unguarded import apply_unguarded
from tests.support.updates import updates, work_requests
from tests.support.workspace import Workspace, make, stop, wait_until

AROUND = 10
"""Requests at least that are answered before the update, and after it."""

PAIR = Pair(instances=1)
EVERY = "version_policy: { all { } }\n"
NEWEST = "version_policy: { latest { num_versions: 1 } }\n"


@dataclass(frozen=True)
class Case:
    """A change to the models or their command, and the version that clients would lose by it."""

    change: Callable[[Workspace], None]
    lost: str
    gained: str = ""


def rename(workspace: Workspace) -> None:
    folder = workspace.root / "manifests/pair/m"
    (folder / "1").rename(folder / "2")


def narrow(workspace: Workspace) -> None:
    config = workspace.root / "manifests/pair/n/config.pbtxt"
    config.write_text(config.read_text().replace(EVERY, NEWEST))


def load_one(workspace: Workspace) -> None:
    manifest = PAIR.manifest()
    options = ("--model-control-mode=explicit", "--load-model=n")
    command = ["tritonserver", "--model-repository=/opt/ds/model/deployed_model", *options]
    manifest["spec"]["server"]["command"] = command
    workspace.write("manifests/pair.yaml", json.dumps(manifest))


CASES = {
    "a command that loads one of the models": Case(load_one, lost="m"),
    "a renamed version folder": Case(rename, lost="m", gained="m version 2 would be new"),
    "a policy that stops serving the old version": Case(narrow, lost="n"),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = make(tmp_path_factory.mktemp("guard"))
    start_here(workspace.home)
    yield workspace
    stop(workspace)


@pytest.fixture
def pair(workspace: Workspace) -> Workspace:
    """It serves version 1 of m, and versions 1 and 2 of n."""
    PAIR.write(workspace)
    for version in (1, 2):
        write_model(workspace, "n", PAIR.factor, EVERY, version)
    apply_unguarded(workspace)
    return workspace


def state(workspace: Workspace) -> dict[str, Any]:
    """Everything that a write would change."""
    client, compartment = workspace.sdk(), workspace.note["compartment"]
    deployments = client.list_model_deployments(compartment).data
    return {
        "etags": {one.id: client.get_model_deployment(one.id).headers["etag"] for one in deployments},
        "catalog": {model.id for model in workspace.catalog()},
        "work": {work.id for work in work_requests(workspace)},
    }


@every_case
def test_guarded_it_is_refused_and_nothing_is_sent(pair: Workspace, case: Case) -> None:
    before = state(pair)
    case.change(pair)

    plan = pair.run("plan", code=5).out
    assert f"{case.lost} version 1 would no longer be served" in plan
    assert case.gained in plan
    pair.run("apply", "--yes", code=5)

    assert state(pair) == before
    with Load(pair.endpoint("pair"), pair.signer, questions(PAIR)) as load:
        wait_until(lambda: len(load.asked) >= AROUND, "it is asked")
    assert load.failures == ()


@pytest.mark.parametrize("case", [*CASES.values()][:2], ids=[*CASES][:2])
def test_unguarded_it_fails_those_who_pin_the_version(pair: Workspace, case: Case) -> None:
    case.change(pair)
    with Load(pair.endpoint("pair"), pair.signer, questions(PAIR)) as load:
        wait_until(lambda: len(load.asked) >= AROUND, "the load runs")
        began = time.time()
        apply_unguarded(pair)
        ended = time.time()
        wait_until(lambda: len(load.since(ended)) >= AROUND, "it goes on")

    (update,) = updates(pair, began)
    assert update.status == "SUCCEEDED"
    assert load.failures, "the update that the guard refuses fails nobody: what is it good for?"
    for failed in load.failures:
        assert (failed.model, failed.version) == (case.lost, "1")
        assert failed.status in {400, 404}
        assert f"'{case.lost}'" in failed.said, "Triton's own words name the model"
        assert failed.ended > update.began
    after = load.since(update.ended)
    assert {one.model for one in after} == set(MODELS)
    assert all(one.failed == (one.model == case.lost) for one in after)
    assert_status_lists_what_answers(pair, case.lost)


def assert_status_lists_what_answers(workspace: Workspace, lost: str) -> None:
    (row,) = workspace.run("status", "--format", "json").json["deployments"]
    assert (lost, 1) not in {
        (model, number) for model, numbers in row["versions"].items() for number in numbers
    }
    for model, numbers in row["versions"].items():
        for number in numbers:
            assert workspace.ask(workspace.endpoint("pair"), model, BODY, version=str(number)).ok


def test_a_version_added_beside_the_others_fails_nobody_when_the_manifest_allows_it(pair: Workspace) -> None:
    """`n` serves all of its versions; a third one is new, and those who pin the first do not notice."""
    write_model(pair, "n", 3, EVERY, version=3)
    assert "n version 3 would be new" in pair.run("plan", code=5).out

    manifest = PAIR.manifest()
    manifest["spec"]["rollout"] = {"versions": "additive"}
    pair.write("manifests/pair.yaml", json.dumps(manifest))
    assert "additive: n version 3 would be new" in pair.run("plan").out
    with Load(pair.endpoint("pair"), pair.signer, questions(PAIR)) as load:
        wait_until(lambda: len(load.asked) >= AROUND, "the load runs")
        pair.run("apply", "--yes")
        ended = time.time()
        wait_until(lambda: len(load.since(ended)) >= AROUND, "it goes on")

    assert load.failures == ()
    reply = pair.ask(pair.endpoint("pair"), "n", BODY, version="3")
    assert reply.json()["outputs"][0]["data"] == [3 * ASKED]
