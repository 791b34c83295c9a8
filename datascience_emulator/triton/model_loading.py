"""Loads and unloads models of a running server by Triton's repository API, without a new process.

Triton has to run in the model control mode `explicit`, which `command` sets. It must not know about other
servers; `fleet` changes one after the other.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import httpx

from datascience_emulator.triton.server import Server, timeout_minutes
from datascience_emulator.triton.values import Revision, ServerFailed


async def change(server: Server, revision: Revision, load: Sequence[str], unload: Sequence[str]) -> None:
    """Let `server` serve `revision`. Its models `load` are new or have changed, and the models `unload` are
    no longer in it. An old model serves until the new one is loaded.

    Raises ServerFailed with Triton's reason. Then some models may have changed; change them back.
    """
    try:
        server.point(revision.model_dir)
        server.revision = revision
        server.ensembles.clear()
        for model in load:
            touch(server.models / model)
            answer = await control(server, model, "load")
            if answer.status_code != httpx.codes.OK:
                raise ServerFailed(server.shown(f"the model {model!r} is not loaded: {answer.text}"))
        for model in unload:
            await control(server, model, "unload")  # Triton refuses this only if it is not loaded
    except (httpx.TransportError, OSError) as error:
        raise server.failed(f"the server did not take the new models: {error!r}") from error


async def control(server: Server, model: str, action: str) -> httpx.Response:
    timeout = timeout_minutes(server.revision.environment) * 60
    return await server.send(
        "POST", f"/v2/repository/models/{model}/{action}", content=b"{}", timeout=timeout
    )


def touch(folder: Path) -> None:
    """Make all files newer: Triton loads only versions that are newer than those it has loaded."""
    for path in (folder, *folder.rglob("*")):
        os.utime(path)
