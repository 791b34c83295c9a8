"""The control API takes requests from this machine only: the peer and the host it asks for are checked."""

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from datascience_emulator.control.operations import local_route


async def answered(request: Request) -> Response:
    return Response("done")


@pytest.mark.parametrize(
    ("peer", "name", "status"),
    [
        ("127.0.0.1", "127.0.0.1", 200),
        ("127.0.0.1", "localhost", 200),
        ("::1", "[::1]", 200),
        ("203.0.113.7", "127.0.0.1", 404),
        ("203.0.113.7", "localhost", 404),
        ("127.0.0.1", "evil.example", 404),
        ("127.0.0.1", "203.0.113.7", 404),
    ],
)
def test_who_is_let_in(peer: str, name: str, status: int) -> None:
    app = Starlette(routes=[local_route("/own", answered, "GET")])

    async def ask() -> int:
        transport = httpx.ASGITransport(app, client=(peer, 1))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{name}") as client:
            return (await client.get("/own")).status_code

    assert asyncio.run(ask()) == status
