"""The service's answers: whatever comes over the wire becomes a value of the kind that it is declared to
be, or an error in our words; and what is damaged never looks like an empty cloud.

An input is the name of an answer in `answers.json` (recorded from the emulator), a line end, and what is sent
in its place.
"""

import json
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from oci.auth.signers import SecurityTokenSigner

from reconciler.adapters.http.fetch import fetcher
from reconciler.adapters.oci.client import ServiceAccess
from reconciler.adapters.oci.cloud import OciCloud
from reconciler.core.model.errors import Trouble
from reconciler.core.model.live import Live, Snapshot, State
from reconciler.core.model.work_requests import WorkProgress
from reconciler.triton.config_file import CONFIG_FILE, LARGEST_CONFIG
from tests.fuzz.mutation import damaged, mutated, written
from tests.fuzz.target import Target, fuzz, guided, outcome, seconds, seed
from tests.fuzz.typed import check_typed
from tests.support.examples import SCALE
from tests.support.http_service import Asked, Reply, Service, serve

RECORDED: dict[str, Any] = json.loads(Path(__file__).with_name("answers.json").read_text())
MOST_REQUESTS = 100
"""For one call; the recorded cloud needs fewer than ten."""

PROJECT = RECORDED["project"]["id"]
COMPARTMENT = RECORDED["project"]["compartmentId"]
HEADERS = ("size", "next")
"""Answers that are damaged in a header alone."""

WORDS = tuple(
    word.encode()
    for word in (
        "deployments\n", "models\n", "groups\n", "projects\n", "group\n", "project\n", "deployment\n",
        "work_requests\n",
        "work_request\n", "logs\n", "errors\n", "size\n", "next\n", "null", "[]", "{}", "NaN", "1e999", "-1",
        "true", '""',
        '"ACTIVE"', '"deploymentType": ', '"UNKNOWN"', '"policyType": ', '"id": null', "[" * 2000,
        '{"a":' * 2000, "9" * 5000,
        '"2026-11-28T00:00:00Z"', '"PT5M"', '"\\ud800"', "\x00", "<html>", "\xff", '"lifecycleState": ',
        '"freeformTags": ',
    )
)  # fmt: skip


class Unsigned(SecurityTokenSigner):
    """A signer whose signature nobody checks."""

    def __init__(self) -> None:
        pass

    def __call__(self, request: Any, *_: Any, **__: Any) -> Any:
        return request


@cache
def service() -> Service:
    """It lives as long as this process."""
    running = serve()
    found = running.__enter__()
    _KEPT.append(running)
    return found


_KEPT: list[Any] = []


def cloud(project: str) -> OciCloud:
    access = ServiceAccess({"region": "us-ashburn-1"}, Unsigned(), service().url)
    return OciCloud(access, COMPARTMENT, project, False, fetcher())


def named(path: str) -> str:
    """Which answer is asked for."""
    parts = path.partition("?")[0].strip("/").split("/")[1:]
    match parts:
        case ["workRequests", _, kind]:
            return kind
        case [*_, "content"]:
            return "size"
        case [kind] | [kind, _]:
            singular = {"projects": "project", "modelDeployments": "deployment", "models": "model"}
            singular |= {"modelGroups": "group", "workRequests": "work_request"}
            if kind not in singular:
                return "nothing"
            return singular[kind] + ("s" if len(parts) == 1 else "")
        case _:
            return "nothing"


def answering(name: str, body: bytes) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        wanted, headers = (
            named(asked.path),
            {"content-type": "application/json", "etag": "e", "connection": "close"},
        )
        if len(service().asked) > MOST_REQUESTS or wanted == "nothing":
            return 404, headers, b'{"code": "NotFound", "message": "there is none"}'
        if name in HEADERS and (wanted == name or name == "next"):
            headers["content-length" if name == "size" else "opc-next-page"] = printable(body)
        sent = body if wanted == name else json.dumps(RECORDED.get(wanted, {})).encode()
        return 200, headers, b"" if asked.method == "HEAD" else sent

    return answer


def printable(value: bytes) -> str:
    """As a header may have it."""
    return "".join(character for character in value.decode("latin-1")[:200] if " " <= character < "\x7f")


def judge(data: bytes) -> object:
    name, _, body = data.partition(b"\n")
    called = name.decode("latin-1")
    if called not in {*RECORDED, *HEADERS}:
        return None
    told = {}
    for act in CALLS[called]:
        service().asked.clear()
        service().answer = answering(called, body)
        told[act.__name__] = found = outcome(lambda act=act: act())
        assert len(service().asked) <= MOST_REQUESTS, "it asks for page after page"
        if isinstance(found, Snapshot):
            check_complete(found, called, body)
    return told


def check_complete(snapshot: Snapshot, called: str, body: bytes) -> None:
    """Nothing that the service told of is missing, and what was damaged was not taken for nothing."""
    sent = {**RECORDED, called: told_by(body)}
    for kind in ("deployments", "models", "groups", "projects"):
        items = sent[kind]
        assert isinstance(items, list), f"a snapshot, though the answer with the {kind} was {body[:80]!r}"
        assert all(isinstance(item, dict) for item in items), f"a snapshot of {body[:80]!r}"
    assert len(snapshot.deployments) == len(sent["deployments"])
    catalog = [
        item for item in (*sent["models"], *sent["groups"]) if item.get("projectId") == snapshot.project.ocid
    ]
    assert len(snapshot.models) == len(catalog)


def told_by(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def typed(kind: Any) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    def wrap(act: Callable[[], Any]) -> Callable[[], Any]:
        def checked() -> Any:
            found = act()
            check_typed(found, kind, act.__name__)
            return found

        checked.__name__ = act.__name__
        return checked

    return wrap


@typed(Snapshot)
def snapshot() -> Any:
    return cloud(RECORDED["project"]["displayName"]).snapshot()


@typed(Snapshot)
def snapshot_by_ocid() -> Any:
    return cloud(PROJECT).snapshot()


@typed(dict[str, State])
def deployment_states() -> Any:
    return cloud(PROJECT).deployment_states()


@typed(list[Live])
def deployments_named() -> Any:
    return cloud(PROJECT).deployments_named("vision")


@typed(tuple[Live, str])
def get_deployment() -> Any:
    return cloud(PROJECT).get_deployment(RECORDED["deployment"]["id"])


@typed(str)
def model_group_state() -> Any:
    return cloud(PROJECT).model_group_state(RECORDED["group"]["id"])


@typed(dict[str, WorkProgress])
def work_progress() -> Any:
    return cloud(PROJECT).work_progress()


@typed(str)
def newest_work() -> Any:
    return cloud(PROJECT).newest_work(RECORDED["deployment"]["id"])


@typed(WorkProgress)
def work_request() -> Any:
    return cloud(PROJECT).work_request(RECORDED["work_request"]["id"])


@typed(Trouble)
def trouble() -> Any:
    return cloud(PROJECT).trouble(RECORDED["work_request"]["id"])


@typed(Trouble)
def last_failure() -> Any:
    return cloud(PROJECT).last_failure(RECORDED["deployment"]["id"])


@typed(str)
def ensure_project() -> Any:
    return cloud(PROJECT).ensure_project(RECORDED["project"]["displayName"], "token")


def listing() -> Any:
    content = cloud(PROJECT).content(RECORDED["models"][0]["id"])
    paths = content.paths()
    return paths, [content.read(path, 0, LARGEST_CONFIG) for path in paths if path.endswith(CONFIG_FILE)]


CALLS: dict[str, tuple[Callable[[], Any], ...]] = {
    "projects": (snapshot, ensure_project),
    "project": (snapshot_by_ocid,),
    "deployments": (snapshot, deployment_states, deployments_named),
    "deployment": (get_deployment,),
    "models": (snapshot,),
    "groups": (snapshot,),
    "group": (snapshot, model_group_state),
    "work_requests": (work_progress, newest_work, last_failure),
    "work_request": (work_request,),
    "logs": (work_request, trouble),
    "errors": (trouble,),
    "size": (listing,),
    "next": (snapshot, work_progress, trouble),
}


@cache
def texts() -> list[bytes]:
    found = [name.encode() + b"\n" + json.dumps(answer).encode() for name, answer in RECORDED.items()]
    return [*found, b"size\n113", b"next\nabc"]


ANSWER = Target(judge, texts, WORDS)

one_damaged = st.sampled_from(sorted(RECORDED)).flatmap(
    lambda name: damaged([RECORDED[name]]).map(lambda answer: name.encode() + b"\n" + written(answer))
)
headers = st.builds(
    lambda name, value: name + b"\n" + value,
    st.sampled_from([b"size", b"next"]),
    st.sampled_from([b"", b"0", b"-1", b"x", b"1.5", b"9" * 30, b"1e9", b"0x10", b"113", b" "])
    | st.binary(max_size=5),
)
broken = st.builds(
    lambda name, body: name.encode() + b"\n" + body,
    st.sampled_from(sorted(RECORDED)),
    st.sampled_from(
        [
            b"",
            b"null",
            b"[]",
            b"{}",
            b"[null]",
            b"[[]]",
            b'""',
            b"0",
            b"{",
            b"<html></html>",
            b"[1]",
            b'["x"]',
            b"{}{}",
        ]
    ),
)


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_what_was_recorded_is_read(name: str) -> None:
    told = judge(name.encode() + b"\n" + json.dumps(RECORDED[name]).encode())
    assert not any(isinstance(found, tuple) and isinstance(found[0], str) for found in told.values()), told


def without_each(value: Any) -> Iterator[Any]:
    """The value with one place in it null, absent, or a text without a word, for each place."""
    items = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    for key, item in [*items]:
        for other in (None, *([" "] if isinstance(item, str) else []), *without_each(item)):
            changed = value.copy()
            changed[key] = other
            yield changed
        shorter = value.copy()
        del shorter[key]
        yield shorter


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_each_place_may_hold_nothing(name: str) -> None:
    """Every third place on every run, another third with another seed; all where time is no matter."""
    every = 3 if SCALE == 1 and not seconds() else 1
    for changed in islice(without_each(RECORDED[name]), seed() % every, None, every):
        judge(name.encode() + b"\n" + json.dumps(changed).encode())


def test_any_answer() -> None:
    fuzz(ANSWER, one_damaged | one_damaged | mutated(texts(), WORDS) | headers | broken, 60)


def test_guided(tmp_path: Path) -> None:
    guided("test_answers:ANSWER", tmp_path)
