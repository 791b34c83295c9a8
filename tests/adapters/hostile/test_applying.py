"""Lies in the middle of an apply: what came of a write is looked for, nothing is sent twice, nothing is
undone, and the next apply finds everything as it was asked.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any, TypeVar

import pytest

from reconciler.core.model.live import MEMORY
from tests.support.hello import write_hello
from tests.support.hostile import Behaviour, World, changed, hangs_up, instead, says

WORKS = r"^GET /20190101/workRequests\?"
WORK = r"^GET /20190101/workRequests/"
UPDATE = r"^PUT /20190101/modelDeployments/"
READ = r"^GET /20190101/modelDeployments/"
NUMBERS = count(1)
T = TypeVar("T")


@pytest.fixture
def asked(world: World) -> World:
    """Something is to be updated."""
    write_hello(world.workspace, description=f"number {next(NUMBERS)}")
    return world


def alive(world: World) -> dict[str, Any]:
    """The deployments that the real service has, by name."""
    listed = world.emulator.client.list_model_deployments(world.emulator.compartment).data
    return {one.display_name: one for one in listed if one.lifecycle_state != "DELETED"}


def all_ends_well(world: World) -> None:
    """Nothing was undone, nothing is held against anybody, and the next apply completes it."""
    live = alive(world)["hello"]
    assert MEMORY not in live.freeform_tags
    world.service.tell_the_truth()
    world.told()
    assert world.reconcile("apply", "--yes") == 0, world.told()
    assert world.reconcile("plan", "--detailed-exitcode") == 0, world.told()
    assert alive(world)["hello"].id == live.id


def each(**fields: Any) -> Behaviour:
    return changed(lambda listed: [{**one, **fields} for one in listed])


def by_turns(cases: Iterable[T]) -> list[tuple[T, bool]]:
    """Each once: heard, not heard, heard."""
    return [(case, number % 2 == 0) for number, case in enumerate(cases)]


WAITS: dict[str, tuple[Behaviour, str]] = {
    "percent is NaN": (
        instead(lambda text: text.replace('"status"', '"x":NaN,"status"')),
        "has NaN for a number",
    ),
    "percent is a text": (each(percentComplete="most"), "percentComplete is a text, not a number"),
    "percent is 1e400": (each(percentComplete=10**400), "percentComplete is no number"),
    "status is null": (each(status=None), r"\[0\] lacks status"),
    "status is a number": (each(status=3), "status is a number, not a text"),
    "no id": (each(id=""), r"\[0\] lacks id"),
    "resources are a text": (each(resources="x"), "resources is a text, not a list"),
    "an object": (says("{}"), "it is an object, not a list"),
    "redirected for good": (says("", status=308, location="/"), "a redirect to /"),
}


@pytest.mark.parametrize("case", WAITS)
def test_a_wait_that_cannot_look_ends_and_undoes_nothing(asked: World, case: str) -> None:
    behave, what = WAITS[case]
    asked.service.lie(WORKS, behave)
    assert asked.reconcile("apply", "--yes") == 1
    told = asked.told()
    assert asked.service.lies
    assert what.replace("\\", "") in told, told
    assert "could not be looked at" in told
    assert "Traceback" not in told
    assert len([line for line in asked.service.written if line.startswith("PUT")]) == 1, "nothing was undone"
    all_ends_well(asked)


@pytest.mark.parametrize(
    "behave",
    [
        each(percentComplete=250),
        each(percentComplete=-3.5),
        each(percentComplete=None),
        each(newField={"a": []}),
    ],
)
def test_a_percentage_that_is_odd_is_only_shown(asked: World, behave: Behaviour) -> None:
    asked.service.lie(WORKS, behave)
    assert asked.reconcile("apply", "--yes") == 0, asked.told()
    assert asked.service.lies
    all_ends_well(asked)


def test_a_status_that_nobody_knows_is_not_the_end(asked: World) -> None:
    asked.service.lie(WORKS, each(status="PONDERING"), times=2)
    assert asked.reconcile("apply", "--yes") == 0, asked.told()
    all_ends_well(asked)


LOST: dict[str, Behaviour] = {
    "a sign-in page": says("<html>Sign in</html>", content_type="text/html"),
    "cut off": says('{"id": "ocid1'),
    "packed in something else": says("{}", content_encoding="gzip"),
    "a redirect": says("", status=302, location="/elsewhere"),
    "a redirect for good": says("", status=301, location="/elsewhere"),
    "no connection": hangs_up,
}


@pytest.mark.parametrize(("case", "heard"), by_turns(LOST))
def test_an_answer_to_a_write_that_says_nothing_is_no_refusal(asked: World, case: str, heard: bool) -> None:
    """Whether it was heard is looked for."""

    def behave(client: Any, request: Any) -> None:
        if heard:
            assert request.really().status in (200, 202)
        LOST[case](client, request)

    asked.service.lie(UPDATE, behave, times=1)
    assert asked.reconcile("apply", "--yes") == 0, asked.told()
    assert asked.service.lies == 1
    puts = [line for line in asked.service.written if line.startswith("PUT")]
    assert len(puts) == 1, "the real service heard of it once"
    all_ends_well(asked)


@pytest.mark.parametrize("behave", [says('{"id": 7}'), says("[]"), says('{"id": "x", "lifecycleState": 3}')])
def test_what_is_read_back_and_cannot_be_believed_undoes_nothing(asked: World, behave: Behaviour) -> None:
    asked.service.lie(READ, behave)
    assert asked.reconcile("apply", "--yes") == 1
    told = asked.told()
    assert "the answer is not what the service says" in told
    assert "Traceback" not in told
    assert len([line for line in asked.service.written if line.startswith("PUT")]) <= 1
    all_ends_well(asked)


def test_what_a_failure_says_is_shown_without_control_characters(asked: World) -> None:
    """The work failed, and its errors and logs are lies of their own."""

    def failed(listed: Any) -> Any:
        return [{**one, "status": "FAILED"} for one in listed]

    lies = {
        "errors": [
            {"code": "x", "message": "no\x1b[2J\rroom", "timestamp": "2024-01-01T00:00:00Z"},
            {"code": "x", "message": None, "timestamp": None},
        ],
        "logs": [{"message": "", "timestamp": "2024-01-01T00:00:00Z"}],
    }

    def behave(client: Any, request: Any) -> None:
        kind = request.path.partition("?")[0].rpartition("/")[2]
        if kind in lies:
            says(json.dumps(lies[kind]))(client, request)
        else:
            changed(failed)(client, request)

    asked.service.lie(r"^GET /20190101/workRequests(\?|/.*/(errors|logs))", behave)
    assert asked.reconcile("apply", "--yes") == 1
    told = asked.told()
    assert "error: no[2Jroom" in told, told
    assert "\x1b" not in told
    assert "None" not in told


CREATED: dict[str, Behaviour] = {
    "a sign-in page": LOST["a sign-in page"],
    "no connection": hangs_up,
    "wrong types": says('{"id": 7, "lifecycleState": "ACTIVE"}'),
}
CREATIONS = [(what, case) for what in ("modelDeployments", "models") for case in CREATED]
# Nothing is said of a content that has arrived, so no type can be wrong in that.
CREATIONS += [("models/[^/]+/artifact", case) for case in ("a sign-in page", "no connection")]


@pytest.fixture
def another(world: World) -> Iterator[World]:
    """A second deployment is asked for, of a content that is not there yet."""
    write_hello(world.workspace, factor=1000 + next(NUMBERS))
    (world.workspace.root / "manifests/hello.yaml").rename(world.workspace.root / "manifests/other.yaml")
    manifest = world.workspace.root / "manifests/other.yaml"
    manifest.write_text(manifest.read_text().replace("name: hello", "name: other"))
    yield world
    world.service.tell_the_truth()
    manifest.unlink()
    write_hello(world.workspace)
    assert world.reconcile("destroy", "other", "--yes") == 0, world.told()


@pytest.mark.parametrize(("creation", "heard"), by_turns(CREATIONS))
def test_nothing_is_created_twice(another: World, creation: tuple[str, str], heard: bool) -> None:
    what, case = creation

    def behave(client: Any, request: Any) -> None:
        if heard:
            assert request.really().status in (200, 201, 202, 204)
        CREATED[case](client, request)

    before = len(another.emulator.client.list_models(another.emulator.compartment).data)
    another.service.lie(rf"^POST /20190101/{what}$", behave, times=1)
    assert another.reconcile("apply", "--yes", "manifests/other.yaml") == 0, another.told()
    assert another.service.lies == 1
    assert {"hello", "other"} == alive(another).keys()
    after = another.emulator.client.list_models(another.emulator.compartment).data
    assert len(after) == before + 1
    assert another.reconcile("plan", "manifests/other.yaml", "--detailed-exitcode") == 0, another.told()
