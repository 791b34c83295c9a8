"""What the stand-in answers with: JSON, pages with `Link`, and GitHub's errors."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

DOCS = "https://docs.github.com/rest"


@dataclass
class Reply:
    """An answer; `body` is JSON, `raw` bytes in its place."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None

    def content(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return b"" if self.status == 204 else json.dumps(self.body).encode()


@dataclass
class Call:
    """A request: `path` without query, `query` with single values, `base` the address of the server."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    base: str
    login: str = ""

    @property
    def json(self) -> Any:
        return json.loads(self.body or b"{}")


def error(status: int, message: str, **more: Any) -> Reply:
    return Reply(status, {"message": message, "documentation_url": DOCS, "status": str(status), **more})


def not_found() -> Reply:
    return error(404, "Not Found")


def forbidden() -> Reply:
    return error(403, "Resource not accessible by integration")


def invalid(resource: str, field_name: str, message: str) -> Reply:
    problem = {"resource": resource, "code": "custom", "field": field_name, "message": message}
    return error(422, "Validation Failed", errors=[problem])


def paged(call: Call, items: Sequence[Any], wrapped: str = "") -> Reply:
    """One page of a list; `wrapped`: the key of the list in an object with `total_count`."""
    size = max(1, min(100, _number(call.query.get("per_page"), 30)))
    page = max(1, _number(call.query.get("page"), 1))
    last = max(1, -(-len(items) // size))
    part = list(items[(page - 1) * size : page * size])
    links = []
    if page < last:
        links = [_link(call, page + 1, "next"), _link(call, last, "last")]
    if page > 1:
        links = [_link(call, page - 1, "prev"), *links, _link(call, 1, "first")]
    body = {"total_count": len(items), wrapped: part} if wrapped else part
    return Reply(200, body, {"link": ", ".join(links)} if links else {})


def _link(call: Call, page: int, relation: str) -> str:
    query = urlencode({**call.query, "page": page})
    return f'<{call.base}{call.path}?{query}>; rel="{relation}"'


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdigit() else otherwise
