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
        return self._ask(f"/v2/models/{model}/infer", body)

    def index(self) -> list[dict[str, str]]:
        """A line for each version of a model that it was told to load."""
        entries: list[dict[str, str]] = self._ask("/v2/repository/index", {})
        return entries

    def load(self, model: str) -> str:
        """Why it does not load this model; empty if it does."""
        return self._refusal(f"/v2/repository/models/{model}/load", {})

    def unload(self, model: str) -> None:
        self._ask(f"/v2/repository/models/{model}/unload", {})

    def refusal(self, model: str, body: object) -> str:
        """Why it does not answer this request; empty if it does."""
        return self._refusal(f"/v2/models/{model}/infer", body)

    def _refusal(self, path: str, body: object) -> str:
        try:
            self._ask(path, body)
        except HTTPError as error:
            return str(json.load(error)["error"])
        return ""

    def _ask(self, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"http://{self._address}{path}", data), timeout=60) as answer:
            return json.loads(answer.read() or b"{}")


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
