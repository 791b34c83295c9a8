"""The HTTP server around the app: its socket, and how uvicorn is set up. No routes here."""

import asyncio
import errno
import socket

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

HOST = "127.0.0.1"
_STOP_SECONDS = 5
"""How long requests under way may take to finish when the server is told to stop."""


KEEP_ALIVE_SECONDS = 75
"""How long a connection may be idle. A client that sends just when it is closed gets no answer, and may not
send a POST again; so it is longer than clients pause.
"""


class _Protocol(H11Protocol):
    """Gives each request its connection as `request.state.transport`, for faults that reset it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn types its own wider
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


def configuration(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,  # `api.http_requests` gives every answer its date
        timeout_graceful_shutdown=_STOP_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


def bind(port: int) -> socket.socket | None:
    """A listening socket, or None when the port is taken."""
    # The protocol is named because asyncio switches Nagle's algorithm off only then. With it, every answer on
    # a kept-alive connection would be 40 ms late.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            return None
        raise
    return listener


def url(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}"
