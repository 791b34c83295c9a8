"""Answers that are none, or cannot be believed, where a plan reads what is live: one error that names what
was being done and the request, nothing planned, nothing sent. `WHOLE` are those of each kind that are told to
whole verbs, which end with 1; the others are told to what the verbs ask.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.adapters.oci import pages as oci_pages
from tests.support.hostile import (
    JSON,
    LIST,
    Behaviour,
    World,
    bomb,
    changed,
    chunked,
    drips,
    hangs_up,
    head,
    pages,
    pours,
    raw,
    says,
)

WHOLE = {
    *(
        "body is null",
        "too many items",
        "id is null",
        "state is a number",
        "tags are nested",
        "a date is none",
    ),
    *(
        "a number has 400 digits",
        "half a character",
        "a sign-in page",
        "empty",
        "cut off",
        "NaN",
        "a key twice",
    ),
    *("100,000 levels", "a million values", "hangs up at once", "cut off by its length", "5 GB in chunks"),
    *(
        "interim answers without end",
        "5 GB packed in 5 MB",
        "an error with 1 GB",
        "drips the body",
        "a circle",
    ),
    *("401", "404", "429, come again after 1e308", "a list", "control characters", "304", "models"),
    *("301 /20190101/projects", "307 //x"),
}
ID = r"\(opc-request-id hostile/1/2"
DOING = "listing the model deployments of ocid1"
PROXY = "is a proxy in between"
DRIP_SECONDS = 0.3
DEPLOYMENT: dict[str, Any] = {"id": "ocid1.d", "lifecycleState": "ACTIVE"}


def judge(world: World, case: str) -> Callable[[str, Behaviour, str], None]:
    return world.believes_nothing if case in WHOLE else world.cannot_read


def wrong(says: str) -> str:
    return f"{DOING}.*: 200: the answer is not what the service says: .*{says}.*{ID}"


def first(**fields: Any) -> Behaviour:
    """The true list, with fields of its first deployment set; those of ... taken away."""

    def change(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
        listed[0].update(fields)
        listed[0] = {name: value for name, value in listed[0].items() if value is not ...}
        return listed

    return changed(change)


def within(path: str, value: Any) -> Behaviour:
    """The true list, with something deep in its first deployment set."""

    def change(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
        *way, last = path.split(".")
        place: Any = listed[0]
        for name in way:
            place = place[name]
        place[last] = value
        return listed

    return changed(change)


DETAILS = "modelDeploymentConfigurationDetails"
MODEL = f"{DETAILS}.modelConfigurationDetails"
ENVIRONMENT = f"{DETAILS}.environmentConfigurationDetails"
SHAPE = f"{MODEL}.instanceConfiguration.modelDeploymentInstanceShapeConfigDetails"

TYPES = {
    "body is null": (says("null"), "it is null"),
    "body is a text": (says('"[]"'), "it is a text, not a list"),
    "body is a number": (says("0"), "it is a number, not a list"),
    "body is an object": (says("{}"), "it is an object, not a list"),
    "body is true": (says("true"), "it is true or false, not a list"),
    "items are texts": (says('["ocid1.d"]'), r"\[0\] is a text, not an object"),
    "items are lists": (says("[[]]"), r"\[0\] is a list, not an object"),
    "items are null": (says("[null]"), r"\[0\] is null, not an object"),
    "items are empty": (says("[{}]"), r"\[0\] lacks id"),
    "too many items": (says(json.dumps([DEPLOYMENT] * 1001)), "has 1001 entries, more than 1000"),
    "no id": (first(id=...), r"\[0\] lacks id"),
    "id is null": (first(id=None), r"\[0\] lacks id"),
    "id is empty": (first(id=""), r"\[0\] lacks id"),
    "id is a number": (first(id=7), r"\[0\]\.id is a number, not a text"),
    "no state": (first(lifecycleState=...), r"\[0\] lacks lifecycleState"),
    "state is null": (first(lifecycleState=None), r"\[0\] lacks lifecycleState"),
    "state is a number": (first(lifecycleState=3), r"lifecycleState is a number, not a text"),
    "state is a list": (first(lifecycleState=["ACTIVE"]), r"lifecycleState is a list, not a text"),
    "name is a number": (first(displayName=1), "displayName is a number, not a text"),
    "configuration is a list": (first(**{DETAILS: []}), f"{DETAILS} is a list, not an object"),
    "configuration is a text": (first(**{DETAILS: "x"}), f"{DETAILS} is a text, not an object"),
    "tags are a list": (first(freeformTags=["a"]), "freeformTags is a list, not a map"),
    "tags are nested": (first(freeformTags={"a": {"b": "c"}}), "freeformTags.a is an object, not a text"),
    "a command is null": (within(f"{ENVIRONMENT}.cmd", [None]), "null, not a text"),
    "defined tags are flat": (first(definedTags={"a": "b"}), "definedTags.a is a text, not a map"),
    "a date is a number": (first(timeCreated=1700000000), "timeCreated is a number, not a text"),
    "a date is none": (first(timeCreated="yesterday"), "timeCreated is yesterday, no moment"),
    "a date is of no month": (first(timeCreated="2024-13-01T00:00:00Z"), "timeCreated is .*, no moment"),
    "a date is before all": (first(timeCreated="0001-01-01T00:00:00+14:00"), "timeCreated is .*, no moment"),
    "a number is a text": (within(f"{SHAPE}.ocpus", "4"), "ocpus is a text, not a number"),
    "a number is a list": (within(f"{SHAPE}.ocpus", [4]), "ocpus is a list, not a number"),
    "a number has 400 digits": (within(f"{SHAPE}.ocpus", 10**400), "ocpus is no number that it can be"),
    "a count is a fraction": (within(f"{MODEL}.bandwidthMbps", 1.5), "bandwidthMbps is 1.5, no integer"),
    "a count is true": (
        within(f"{MODEL}.bandwidthMbps", True),
        "bandwidthMbps is true or false, not an integer",
    ),
    "a count is beyond all": (
        within(f"{MODEL}.bandwidthMbps", 2**70),
        "bandwidthMbps is a number beyond 64 bits",
    ),
    "half a character": (says('[{"id": "\\ud800", "lifecycleState": "ACTIVE"}]'), "id is no text"),
}


@pytest.mark.parametrize("case", TYPES)
def test_what_is_of_another_type_is_named_by_its_place(world: World, case: str) -> None:
    behave, what = TYPES[case]
    judge(world, case)(LIST, behave, wrong(what))


PAGE = b"<html><title>Sign in</title></html>"
DEEP = b"[" * 100_000 + b"]" * 100_000

TEXTS = {
    "a sign-in page": (says(PAGE, content_type="text/html"), f"{PROXY}.*Sign in"),
    "empty": (says(b""), f"the answer is empty; {PROXY}"),
    "spaces": (says(b"  \n "), f"the answer is empty; {PROXY}"),
    "204": (says(b"", status=204), f"204: the answer is empty; {PROXY}"),
    "cut off": (says(b'[{"id": "ocid1.d", "lifecy'), PROXY),
    "two documents": (says(b"[][]"), PROXY),
    "no UTF-8": (says(b'[{"id": "\xff"}]'), PROXY),
    "UTF-16": (says("[]".encode("utf-16")), PROXY),
    "a control character within": (says(b'[{"id": "a\x1b[2J"}]'), PROXY),
    "NaN": (says(b'[{"x": NaN}]'), "has NaN for a number"),
    "1e400": (says(b'[{"x": 1e400}]'), "has 1e400 for a number"),
    "-Infinity": (says(b"[-Infinity]"), "has -Infinity for a number"),
    "5,000 digits": (says(b"[" + b"7" * 5000 + b"]"), PROXY),
    "a key twice": (
        says(b'[{"id": "a", "id": "b", "lifecycleState": "ACTIVE"}]'),
        "has id twice in one object",
    ),
    "a key twice among many": (
        says(b"{" + b",".join(b'"%d":1' % number for number in range(290_000)) + b',"289999":1}'),
        "has 289999 twice in one object",
    ),
    "100,000 levels": (says(DEEP), "nested too deeply"),
    "100,000 levels of objects": (says(b'{"a":' * 100_000), "nested too deeply"),
    "a million values": (says(b"[" + b"0," * 1_000_000 + b"0]"), "has more than 300000 values"),
    "packed, and no gzip": (says(b"[]", content_encoding="gzip"), "the answer broke off"),
}


@pytest.mark.parametrize("case", TEXTS)
def test_what_is_no_document_is_not_an_empty_list(world: World, case: str) -> None:
    behave, what = TEXTS[case]
    judge(world, case)(LIST, behave, f"{DOING}.*: .*{what}.*{ID}")


PLACES = ("https://example.invalid/", "/20190101/projects", "file:///etc/passwd", "//x")
STATUSES = (301, 302, 303, 307, 308)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("status", STATUSES)
def test_no_redirect_is_followed(world: World, status: int, place: str) -> None:
    behave = says(b"[]", status=status, location=place)
    judge(world, f"{status} {place}")(
        LIST, behave, f"{DOING}.*: {status}: a redirect to .*, which is not followed.*{ID}"
    )
    assert not any("projects?limit" in line for line in world.service.heard)


@pytest.mark.parametrize("status", [300, 304, 305, 399])
def test_what_is_neither_an_answer_nor_an_error(world: World, status: int) -> None:
    judge(world, f"{status}")(LIST, says(b"[]", status=status), f"{status}: no answer of the service")


CLAIMS = {"content-length": str(5 << 30)}
ITEMS = {**JSON, "transfer-encoding": "chunked"}
LATE = r"the answer did not end within (1|0\.3) s"
LOST = f"{DOING}.*: no answer"

SOCKETS: dict[str, tuple[Behaviour, str]] = {
    "hangs up at once": (hangs_up, LOST),
    "garbage": (raw(b"\x16\x03\x01\x00\xa5 is this HTTP?\r\n\r\n"), LOST),
    "garbage without end": (pours(b"", b"x" * 65536), LOST),
    "another protocol": (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), LOST),
    "a status that is none": (raw(b"HTTP/1.1 2OO OK\r\n\r\n"), LOST),
    "nothing but half a head": (raw(b"HTTP/1.1 200 OK\r\ncontent-"), f"the answer is empty; {PROXY}"),
    "cut off by its length": (says(b"[]", content_length="99"), f"the answer broke off.*{ID}"),
    "longer than its length": (says(b'[{"id"', content_length="2"), PROXY),
    "a length that is none": (says(b"[", content_length="-1"), PROXY),
    "two lengths": (
        raw(head(200, JSON)[:-2] + b"content-length: 2\r\ncontent-length: 3\r\n\r\n[]"),
        "the answer|no answer",
    ),
    "cut off in a chunk": (raw(head(200, ITEMS) + b"ff\r\n[]"), f"the answer broke off.*{ID}"),
    "chunks that are none": (raw(head(200, ITEMS) + b"zz\r\n[]\r\n"), f"the answer broke off.*{ID}"),
    "a chunk's size without end": (pours(head(200, ITEMS), b"0" * 65536), f"too many bytes.*{ID}|broke off"),
    "a header of 10 MB": (pours(b"HTTP/1.1 200 OK\r\nx: ", b"x" * 65536, 10 << 20), LOST),
    "headers without end": (pours(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n" * 1000), LOST),
    "interim answers without end": (
        pours(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
        "too many bytes before its body",
    ),
    "early hints without end": (pours(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000), "."),
    "5 GB told": (raw(head(200, {**JSON, **CLAIMS}) + b"["), f"larger than 16 MiB.*{ID}"),
    "5 GB in chunks": (pours(head(200, ITEMS), chunked(b" " * 65536)), f"larger than 16 MiB.*{ID}"),
    "5 GB to the end": (pours(head(200, JSON), b" " * 65536), f"larger than 16 MiB.*{ID}"),
    "5 GB packed in 5 MB": (bomb, f"larger than 16 MiB.*{ID}"),
    "a redirect with 5 GB": (
        pours(head(302, {**ITEMS, "location": "/x"}), chunked(b" " * 65536)),
        f"a redirect.*{ID}",
    ),
    "an error with 1 GB": (
        pours(head(500, ITEMS), chunked(b"e" * 65536), 1 << 30),
        f"500: eee.* …{ID}".replace(ID, f" {ID}"),
    ),
}


@pytest.mark.parametrize("case", SOCKETS)
def test_no_connection_is_trusted(world: World, case: str) -> None:
    behave, what = SOCKETS[case]
    judge(world, case)(LIST, behave, what)


DRIPS: dict[str, tuple[Behaviour, str]] = {
    "drips before the head": (drips(b"HTTP/1.1 200 OK\r\nx:"), LATE),
    "drips interim answers": (drips(b"HTTP/1.1 100 Continue\r\nx:"), LATE),
    "drips the body": (drips(head(200, {**JSON, **{"content-length": "999999"}}) + b"["), f"{LATE}.*{ID}"),
    "drips chunks": (drips(head(200, ITEMS) + b"ffffff\r\n["), f"{LATE}.*{ID}"),
    "drips an error": (drips(head(503, {**JSON, "content-length": "9999"}) + b"{"), f"503.*{ID}"),
    "says nothing": (drips(b"", pause=99.0), LATE),
}


@pytest.mark.parametrize("case", DRIPS)
def test_no_connection_is_waited_for_without_end(world: World, case: str) -> None:
    """The list alone is asked for: nothing that is true has to come so soon."""
    behave, what = DRIPS[case]
    if case in WHOLE:
        world.believes_nothing(LIST, behave, what)
    world.cannot_read(LIST, behave, what, lambda _: world.cloud(DRIP_SECONDS).deployment_states())


def one(number: int) -> list[dict[str, Any]]:
    return [{**DEPLOYMENT, "id": f"ocid1.d{number}"}]


PAGES: dict[str, tuple[Callable[[], Behaviour], str]] = {
    "the same page again": (lambda: pages(lambda _: "a"), "a page leads back to one that was there already"),
    "a circle": (lambda: pages(lambda number: "abc"[number % 3], one), "a page leads back to one"),
    "one item a page": (lambda: pages(str, one), "the list has more than 20 pages"),
    "empty pages": (lambda: pages(lambda number: f"p{number}"), "the list has more than 20 pages"),
}


@pytest.mark.parametrize("case", PAGES)
def test_no_list_is_endless(world: World, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oci_pages, "PAGES", 20)
    make, what = PAGES[case]
    if case in WHOLE:
        world.service.lie(LIST, make())
        assert world.reconcile("plan") == 1
        assert f"{what}" in (told := world.told())
        assert "hostile/1/2" in told
    else:
        world.cannot_read(LIST, make(), f"{what}.*hostile/1/2", lambda cloud: cloud.deployment_states())


SOON = ("1e308", "-1", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT", "soon")
"""What a Retry-After may say."""

ERRORS = {
    **{
        f"429, come again after {when}": (
            says('{"code": "TooManyRequests", "message": "later"}', status=429, retry_after=when),
            f"429 TooManyRequests: later {ID}",
        )
        for when in SOON
    },
    "401": (
        says('{"code": "NotAuthenticated", "message": "no"}', status=401),
        f"401 NotAuthenticated: no {ID}",
    ),
    "403": (says('{"code": "NotAuthorized", "message": "no"}', status=403), f"403 NotAuthorized: no {ID}"),
    "404": (says('{"code": "NotAuthorizedOrNotFound", "message": "no"}', status=404), f"404 .*: no {ID}"),
    "code is a list": (says('{"code": [1], "message": {"a": 1}}', status=400), f"400 .*{ID}"),
    "a list": (says("[1, 2]", status=400), f"400.*{ID}"),
    "NaN": (says('{"code": NaN}', status=400), f"400: .*NaN.*{ID}"),
    "100,000 levels": (says(DEEP, status=400), f"400: .*{ID}"),
    "no UTF-8": (says(b"\xff\xfe", status=500), f"500.*{ID}"),
    "control characters": (
        says(
            json.dumps({"code": "A\x1b[31mB", "message": "x\x1b]0;owned\x07\r\nerror: forged\u202e"}),
            status=400,
        ),
        r"400 A\[31mB: x\]0;owned error: forged",
    ),
    "an id of the request with control characters": (
        says("{}", status=400, opc_request_id="a\x1bb\x9bc"),
        r"400 \(opc-request-id abc\)",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_what_an_error_says_is_told_and_no_more(world: World, case: str) -> None:
    behave, what = ERRORS[case]
    judge(world, case)(LIST, behave, f"{DOING}[^:]*: {what}")


LISTS = ("projects", "models", "modelGroups", "modelDeployments")


@pytest.mark.parametrize("where", LISTS)
@pytest.mark.parametrize("lie", [says("{}"), says(""), says('[{"id": 1}]'), says(PAGE)])
def test_no_list_of_any_kind_is_believed(world: World, where: str, lie: Behaviour) -> None:
    judge(world, where)(rf"^GET /20190101/{where}\?", lie, r"listing the .*: 200: .*opc-request-id")


def test_some_of_each_kind_are_told_to_whole_verbs() -> None:
    redirects = {f"{status} {place}" for status in STATUSES for place in PLACES}
    kinds = (TYPES, TEXTS, redirects, {"300", "304", "305", "399"}, SOCKETS, DRIPS, PAGES, ERRORS, {*LISTS})
    assert all(WHOLE.intersection(kind) for kind in kinds)
    assert set().union(*kinds) >= WHOLE
    assert len(WHOLE) > 25
