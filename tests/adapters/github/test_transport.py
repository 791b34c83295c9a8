"""Requests to GitHub's API over real HTTP: what is tried again, what is waited for, where the token goes."""

import json

import pytest

from reconciler.adapters.github.errors import (
    GithubFailed,
    GithubNoAnswer,
    GithubNotAllowed,
    GithubNotFound,
)
from reconciler.adapters.github.rate_limits import limited_for
from reconciler.adapters.github.transport import GithubTransport
from reconciler.core.model.errors import Failed, SetupError
from tests.adapters.github.conftest import Waits
from tests.support.github import Hub
from tests.support.http_service import Service

REPOSITORY = "/repos/acme/serving"
COMMENTS = f"{REPOSITORY}/issues/7/comments"


def test_it_says_who_it_is_and_which_version_of_the_api_it_speaks(
    hub: Hub, transport: GithubTransport
) -> None:
    assert transport.get(REPOSITORY)["full_name"] == "acme/serving"
    (asked,) = hub.asked
    assert asked["signed"]
    assert asked["headers"]["x-github-api-version"] == "2022-11-28"
    assert asked["headers"]["user-agent"].startswith("oci-triton-reconciler/")


@pytest.mark.parametrize(
    "fault", [{"status": 502}, {"status": 500}, {"drop": "before"}, {"truncate": 20}, {"body": "<html>"}]
)
def test_a_read_is_tried_again(hub: Hub, transport: GithubTransport, waits: Waits, fault: dict) -> None:
    hub.state["faults"] = [{"on": "GET .*", **fault}]
    if "body" in fault:
        with pytest.raises(GithubFailed, match="is a proxy in between"):
            transport.get(REPOSITORY)
        return
    assert transport.get(REPOSITORY)["id"] == hub.state["repository"]["id"]
    assert len(hub.asked) == 2
    assert waits.seconds == [1.0]


def test_pauses_double_and_end(hub: Hub, transport: GithubTransport, waits: Waits) -> None:
    hub.state["faults"] = [{"on": "GET .*", "status": 503, "times": 99}]
    with pytest.raises(GithubNoAnswer, match=r"GET /repos/acme/serving: 503 .*x-github-request-id ABCD:5"):
        transport.get(REPOSITORY)
    assert waits.seconds == [1.0, 2.0, 4.0, 8.0]


def test_what_would_be_done_twice_is_not_sent_again(hub: Hub, transport: GithubTransport) -> None:
    hub.state["pulls"]["7"] = {"number": 7}
    hub.state["faults"] = [{"on": "POST .*", "drop": "after"}]
    with pytest.raises(GithubNoAnswer):
        transport.send("POST", COMMENTS, {"body": "x"}, again=False)
    assert hub.bodies(7) == ["x"]


@pytest.mark.parametrize(("limit", "seconds"), [("primary", 30), ("secondary", 12)])
def test_a_rate_limit_is_waited_for_whatever_is_sent(
    hub: Hub, transport: GithubTransport, waits: Waits, limit: str, seconds: int
) -> None:
    hub.state["pulls"]["7"] = {"number": 7}
    hub.state["faults"] = [{"on": "POST .*", "limit": limit, "seconds": seconds, "times": 2}]
    transport.send("POST", COMMENTS, {"body": "x"}, again=False)
    assert hub.bodies(7) == ["x"]
    assert len(waits.seconds) == 2
    assert all(seconds - 1 <= waited <= seconds + 1 for waited in waits.seconds)


def test_a_limit_without_its_time_is_waited_for_a_minute_and_longer_each_time(
    hub: Hub, transport: GithubTransport, waits: Waits
) -> None:
    hub.state["faults"] = [{"on": "GET .*", "limit": "secondary", "seconds": 0, "times": 3}]
    transport.get(REPOSITORY)
    assert waits.seconds == [60.0, 120.0, 240.0]


def test_a_limit_is_no_failure_of_the_request(hub: Hub, transport: GithubTransport, waits: Waits) -> None:
    limits = {"on": "GET .*", "limit": "secondary", "seconds": 2, "times": 5}
    hub.state["faults"] = [limits, {"on": "GET .*", "status": 502}]
    transport.get(REPOSITORY)
    assert waits.seconds == [2.0] * 5 + [1.0]


def test_a_limit_that_holds_for_too_long_ends_the_command(
    hub: Hub, transport: GithubTransport, waits: Waits
) -> None:
    hub.state["faults"] = [{"on": "GET .*", "limit": "primary", "seconds": 3000}]
    with pytest.raises(GithubFailed, match=r"rate limit holds for 300\d s more.*run the job again after"):
        transport.get(REPOSITORY)
    assert waits.seconds == []


@pytest.mark.parametrize(
    ("status", "headers", "said", "seconds"),
    [
        (403, {}, "Resource not accessible by integration", None),
        (404, {"retry-after": "5"}, "", None),
        (403, {"retry-after": "5"}, "", 5.0),
        (429, {"retry-after": "0"}, "", 1.0),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1040"}, "", 41.0),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "900"}, "", 1.0),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, "", 60.0),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "inf"}, "", 60.0),
        (403, {"x-ratelimit-remaining": "12"}, "You have exceeded a secondary rate limit", 60.0),
        (429, {}, "", 60.0),
    ],
)
def test_what_counts_as_a_limit(status: int, headers: dict, said: str, seconds: float | None) -> None:
    assert limited_for(status, headers, said, 1000.0, 0) == seconds


def test_a_list_is_read_page_by_page(hub: Hub, transport: GithubTransport) -> None:
    hub.state["branches"]["main"] = [f"{number:040x}" for number in range(70)]
    pages = list(transport.pages(f"{REPOSITORY}/commits"))
    assert [len(page) for page in pages] == [30, 30, 10]
    assert [one["sha"] for page in pages for one in page] == hub.state["branches"]["main"]


def test_a_list_without_end_ends(service: Service) -> None:
    service.say(200, [{}], link=f'<{service.url}/again>; rel="next"')
    with pytest.raises(GithubFailed, match="more than 40 pages"):
        list(GithubTransport(service.url, "t").pages("/again"))


@pytest.mark.parametrize("elsewhere", ["http://127.0.0.1:1/x", "https://evil.example/x", "//evil.example/x"])
def test_a_next_page_on_another_server_is_not_asked_for(service: Service, hub: Hub, elsewhere: str) -> None:
    service.say(200, [], link=f'<{elsewhere}>; rel="next"')
    with pytest.raises(GithubFailed, match="its next page is on another server"):
        list(GithubTransport(service.url, "t").pages("/x"))
    assert len(service.asked) == 1


def test_a_redirect_of_the_api_is_not_followed(service: Service, hub: Hub) -> None:
    service.say(301, {}, location=f"{hub.url}/elsewhere")
    with pytest.raises(Failed, match="redirect"):
        GithubTransport(service.url, "secret-token").get("/x")
    assert hub.asked == []


@pytest.mark.parametrize(
    ("permissions", "kind", "words"),
    [
        (None, SetupError, "401 Bad credentials.*GITHUB_TOKEN is not, or no longer, accepted"),
        ({}, GithubNotAllowed, r"403 Resource not accessible by integration.*`permissions:`"),
        ({"contents": "read"}, GithubNotFound, "404 Not Found"),
    ],
)
def test_errors_say_what_and_what_to_do(
    hub: Hub, transport: GithubTransport, permissions: dict | None, kind: type[Exception], words: str
) -> None:
    token = hub.state["tokens"].pop(hub.token)
    if permissions is not None:
        hub.state["tokens"][hub.token] = {**token, "permissions": permissions}
    path = f"{REPOSITORY}/nothing" if permissions else REPOSITORY
    with pytest.raises(kind, match=f"(?s){words}") as told:
        transport.get(path)
    assert "x-github-request-id ABCD:1" in str(told.value)
    assert hub.token not in str(told.value)


@pytest.mark.parametrize(
    "base",
    [
        *("http://api.github.com", "ftp://127.0.0.1", "https://", "api.github.com", ""),
        *(
            "https://user:password@api.github.com",
            "https://api.github.com?x=1",
            "https://[::1",
            "http://a@127.0.0.1",
        ),
    ],
)
def test_the_token_only_goes_over_tls(base: str) -> None:
    with pytest.raises(SetupError, match="GITHUB_API_URL is no https:// address"):
        GithubTransport(base, "t")


@pytest.mark.parametrize("token", ["", "secret\n", "secret token", "sécret"])
def test_a_token_that_is_none_is_not_quoted(token: str) -> None:
    with pytest.raises(SetupError, match="GITHUB_TOKEN is empty, or holds") as told:
        GithubTransport("https://api.github.com", token)
    assert "secret" not in str(told.value)


def test_the_token_is_in_no_representation(transport: GithubTransport, hub: Hub) -> None:
    assert hub.token not in repr(transport)


def test_neither_netrc_nor_cookies_are_sent(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    (tmp_path / "netrc").write_text("default login me password mine\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    service.say(200, {}, set_cookie="a=b")
    transport = GithubTransport(service.url, "t")
    transport.get("/x")
    transport.get("/x")
    assert {one.headers["authorization"] for one in service.asked} == {"Bearer t"}
    assert all("cookie" not in one.headers for one in service.asked)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": 1, "a": 2}', b"[" * 9999])
def test_an_error_without_github_s_words_is_told_all_the_same(service: Service, body: bytes) -> None:
    service.answer = lambda _: (422, {}, body)
    with pytest.raises(GithubFailed, match="GitHub: GET /x: 422"):
        GithubTransport(service.url, "t").get("/x")


def test_what_is_wrong_with_a_body_is_told(service: Service) -> None:
    said = {"message": "Validation Failed", "errors": [{"message": "body is too long"}, "and more"]}
    service.answer = lambda _: (422, {}, json.dumps(said).encode())
    with pytest.raises(GithubFailed, match="422 Validation Failed; body is too long; and more"):
        GithubTransport(service.url, "t").send("POST", "/x", {}, again=True)
