"""The servers of the stand-in: the API, and beside it the host that downloads are redirected to."""

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.github import conversations as talk
from tests.support.github import faults, uploads
from tests.support.github import repository as repo
from tests.support.github.answers import Call, Reply, error, forbidden, not_found
from tests.support.github.state import REPOSITORY, TOKEN, State, new_state

Handler = Callable[..., Reply]
LEVELS = ("read", "write")

# What GitHub asks of a token for each operation; any one of several permissions will do.
ROUTES: tuple[tuple[str, str, tuple[str, ...], Handler], ...] = (
    ("GET", "", ("contents:read",), repo.get_repository),
    ("GET", r"/commits", ("contents:read",), repo.list_commits),
    ("GET", r"/compare/(.+)", ("contents:read",), repo.compare),
    ("GET", r"/commits/([^/]+)/pulls", ("pull-requests:read",), talk.pulls_of_commit),
    ("GET", r"/commits/([^/]+)/statuses", ("statuses:read",), talk.list_statuses),
    ("POST", r"/statuses/([^/]+)", ("statuses:write",), talk.create_status),
    ("GET", r"/pulls/(\d+)", ("pull-requests:read",), talk.get_pull),
    ("GET", r"/issues", ("issues:read",), talk.list_issues),
    ("POST", r"/issues", ("issues:write",), talk.create_issue),
    ("GET", r"/labels/([^/]+)", ("issues:read", "pull-requests:read"), talk.get_label),
    ("POST", r"/labels", ("issues:write", "pull-requests:write"), talk.create_label),
    ("PATCH", r"/issues/(\d+)", ("issues:write",), talk.change_issue),
    ("GET", r"/issues/(\d+)/comments", ("issues:read", "pull-requests:read"), talk.list_comments),
    ("POST", r"/issues/(\d+)/comments", ("issues:write", "pull-requests:write"), talk.create_comment),
    ("PATCH", r"/issues/comments/(\d+)", ("issues:write", "pull-requests:write"), talk.change_comment),
    ("DELETE", r"/issues/comments/(\d+)", ("issues:write", "pull-requests:write"), talk.delete_comment),
    ("GET", r"/actions/artifacts", ("actions:read",), repo.list_artifacts),
    ("GET", r"/actions/artifacts/(\d+)/zip", ("actions:read",), repo.download),
    ("GET", r"/environments/([^/]+)", ("actions:read",), repo.get_environment),
)


@dataclass
class Hub:
    """The stand-in while it runs: `state` may be changed at any time, `asked` is what came; `downloads` what
    came to the other host: the headers, names in lower case.
    """

    state: State
    url: str = ""
    token: str = TOKEN
    repository: str = REPOSITORY
    asked: list[dict[str, Any]] = field(default_factory=list)
    downloads: list[dict[str, str]] = field(default_factory=list)
    folder: Path | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def asked_for(self, words: str) -> list[dict[str, Any]]:
        """The requests whose `METHOD /path` matches."""
        return [one for one in self.asked if re.fullmatch(words, f"{one['method']} {one['path']}")]

    def bodies(self, number: int) -> list[str]:
        """The comments on a pull request, oldest first."""
        return [one["body"] for one in self.state["comments"] if one["issue"] == number]


@contextmanager
def github(state: State | None = None, folder: Path | None = None) -> Iterator[Hub]:
    """The running stand-in. With `folder`, the state is in its files."""
    hub = Hub(state or new_state(), folder=folder)
    with ExitStack() as running:
        hub.state["downloads"] = running.enter_context(_served(lambda _: _download_handler(hub)))
        hub.url = running.enter_context(_served(lambda url: _api_handler(hub, url)))
        yield hub


@contextmanager
def _served(handler: Callable[[str], type[BaseHTTPRequestHandler]]) -> Iterator[str]:
    server = _Server(("127.0.0.1", 0), BaseHTTPRequestHandler)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    server.RequestHandlerClass = handler(url)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that hangs up is no error of the server's."""


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def sent(self) -> tuple[dict[str, str], bytes]:
        headers = {name.lower(): value for name, value in self.headers.items()}
        return headers, self.rfile.read(int(headers.get("content-length") or 0))

    def tell(self, reply: Reply, truncate: int | None = None) -> None:
        content = reply.content()
        self.send_response(reply.status)
        told = {"content-type": "application/json; charset=utf-8", "content-length": str(len(content))}
        for name, value in {**told, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[:truncate])
        if truncate is not None:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


def _api_handler(hub: Hub, url: str) -> type[BaseHTTPRequestHandler]:
    class Api(_Quiet):
        def _serve(self) -> None:
            headers, body = self.sent()
            parts = urlsplit(self.path)
            call = Call(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body, url)
            with hub.lock:
                _load(hub)
                _record(hub, call)
                fault = faults.next_fault(hub.state, f"{call.method} {call.path}") or {}
                reply = faults.in_place_of_answer(fault)
                if reply is None and fault.get("drop") != "before":
                    reply = _answered(hub, call)
                _save(hub)
            if fault.get("drop") or reply is None:
                self.close_connection = True
                return
            number = len(hub.asked)
            usual = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4999"}
            reply.headers = {**usual, "x-github-request-id": f"ABCD:{number}", **reply.headers}
            self.tell(reply, fault.get("truncate"))

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815 (names of the base class)

    return Api


def _download_handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Downloads(_Quiet):
        def do_GET(self) -> None:
            headers, _ = self.sent()
            hub.downloads.append(headers)
            fault = faults.next_fault(hub.state, f"GET {self.path.partition('?')[0]}")
            if fault:
                self.tell(faults.in_place_of_answer(fault) or error(500, "Server Error"))
                return
            found = re.fullmatch(r"/artifact/(\d+)\?sig=signed-\1", self.path)
            one = found and next((a for a in hub.state["artifacts"] if str(a["id"]) == found[1]), None)
            if "authorization" in headers:
                # As Azure's blob storage does with a header that is not for it.
                self.tell(Reply(400, raw=b"<Error><Code>InvalidAuthenticationInfo</Code></Error>"))
            elif not one:
                self.tell(Reply(403, raw=b"<Error><Code>AuthenticationFailed</Code></Error>"))
            else:
                self.tell(
                    Reply(raw=base64.b64decode(one["zip"]), headers={"content-type": "application/zip"})
                )

    return Downloads


def _answered(hub: Hub, call: Call) -> Reply:
    state = hub.state
    if not call.headers.get("user-agent"):
        return error(403, "Request forbidden by administrative rules.")
    given = call.headers.get("authorization", "")
    who = state["tokens"].get(re.sub("(?i)^(bearer|token) ", "", given))
    if who is None:
        return error(401, "Bad credentials") if given else not_found()
    call.login = who["login"]
    if call.path == "/user":
        return forbidden() if who.get("app") else repo.get_user(state, call)
    prefix = f"/repos/{state['repository']['full_name']}"
    for method, pattern, permissions, handler in ROUTES:
        match = re.fullmatch(re.escape(prefix) + pattern, call.path)
        if match and method == call.method:
            if not any(_may(who, permission) for permission in permissions):
                return forbidden()
            return handler(state, call, *match.groups())
    return not_found()


def _may(who: State, permission: str) -> bool:
    name, _, level = permission.partition(":")
    has = who["permissions"].get(name)
    return has in LEVELS and LEVELS.index(has) >= LEVELS.index(level)


def _load(hub: Hub) -> None:
    if hub.folder is not None:
        kept = {"downloads": hub.state["downloads"]}
        hub.state = {**json.loads((hub.folder / "state.json").read_text()), **kept}
        uploads.take_in(hub.state, hub.folder / "artifacts")


def _save(hub: Hub) -> None:
    if hub.folder is not None:
        written = hub.folder / "state.json.new"
        written.write_text(json.dumps(hub.state, indent=1))
        written.replace(hub.folder / "state.json")


def _record(hub: Hub, call: Call) -> None:
    headers = {name: value for name, value in call.headers.items() if name != "authorization"}
    asked = {
        "method": call.method,
        "path": call.path,
        "query": call.query,
        "headers": headers,
        "signed": "authorization" in call.headers,
        "body": call.body.decode(errors="replace"),
    }
    hub.asked.append(asked)
    if hub.folder is not None:
        with (hub.folder / "asked.jsonl").open("a") as file:
            file.write(json.dumps(asked) + "\n")
