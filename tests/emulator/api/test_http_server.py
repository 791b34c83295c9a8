"""The HTTP server that the emulator runs on."""

from starlette.applications import Starlette

from datascience_emulator.api.http_server import configuration

LONGEST_PAUSE_SECONDS = 60
"""Of a client that reuses its connections: the SDK reads no longer than that before it gives one up."""


def test_a_connection_is_kept_while_a_client_pauses() -> None:
    """Uvicorn's own choice is 5 seconds: a POST at that very moment was not answered, and failed."""
    assert configuration(Starlette()).timeout_keep_alive > LONGEST_PAUSE_SECONDS
