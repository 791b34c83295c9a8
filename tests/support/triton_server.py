"""A real tritonserver over one model repository, asked over HTTP."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.support.waiting import wait_for


class Server:
    def __init__(self, address: str) -> None:
        self._address = address

    def config(self, model: str, version: int) -> dict[str, Any] | None:
        """The completed configuration of a version, or None when it is not served."""
        try:
            return self._ask(f"/v2/models/{model}/versions/{version}/config")
        except HTTPError:
            return None

    def lives(self) -> bool:
        with suppress(OSError), urlopen(f"http://{self._address}/v2/health/live", timeout=60):
            return True
        return False

    def infer(self, model: str, body: object) -> dict[str, Any]:
        return self._ask(f"/v2/models/{model}/infer", json.dumps(body).encode())

    def index(self) -> list[dict[str, str]]:
        """A line for each version of a model that it was told to load."""
        return self._ask("/v2/repository/index", b"{}")  # type: ignore[return-value]

    def load(self, model: str) -> None:
        """Raises HTTPError, with its reason, when it cannot be loaded."""
        self._send(f"/v2/repository/models/{model}/load", b"{}")

    def unload(self, model: str) -> None:
        self._send(f"/v2/repository/models/{model}/unload", b"{}")

    def _ask(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._send(path, body))
        return found

    def _send(self, path: str, body: bytes | None = None) -> bytes:
        with urlopen(Request(f"http://{self._address}{path}", body), timeout=60) as answer:
            content: bytes = answer.read()
            return content


@contextmanager
def serving(repository: Path, work: Path, *options: str) -> Iterator[Server]:
    """It goes on serving what can be loaded when something cannot."""
    from datascience_emulator.triton.runtime import prepare

    runtime, log = prepare(work), work / "server.log"
    words = [f"--model-repository={repository}", f"--backend-directory={runtime.backends}"]
    words += ["--allow-grpc=false", "--allow-metrics=false", "--exit-on-error=false", *options]
    with socket.socket() as held, log.open("w") as output:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(("127.0.0.1", 0))  # the server shares the port, and nobody else takes it before
        port = held.getsockname()[1]
        words += ["--http-address=127.0.0.1", f"--http-port={port}", "--reuse-http-port=true"]
        server = subprocess.Popen(
            [runtime.server, *words],
            env=runtime.environment({}),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            asked = Server(f"127.0.0.1:{port}")
            wait_for(lambda: asked.lives() or server.poll() is not None)
            yield asked
        finally:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()
