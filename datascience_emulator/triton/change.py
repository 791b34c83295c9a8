"""Other models for a server that runs, by Triton's repository API; its process stays.

Works in Triton's model control mode `explicit` only (command.py sets it). It must not know about other
servers; fleet.py does one after the other.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import httpx

from datascience_emulator.triton.server import Server, timeout_minutes
from datascience_emulator.triton.values import Revision, ServerFailed


async def change(server: Server, revision: Revision, load: Sequence[str], unload: Sequence[str]) -> None:
    """`server` serves `revision` from now on: of it, the models `load` are new or other than before; the
    models `unload` are gone. What a model serves goes on being served until its successor is loaded.

    Raises ServerFailed with Triton's reason; then some may have changed, and changing back mends that.
    """
    try:
        server.links.point(revision.model_dir.resolve())
        server.revision = revision
        server.ensembles.clear()
        for model in load:
            touch(revision.model_dir / model)
            answer = await control(server, model, "load")
            if answer.status_code != httpx.codes.OK:
                raise ServerFailed(server.shown(f"the model {model!r} is not loaded: {answer.text}"))
        for model in unload:
            await control(server, model, "unload")  # refused only where it is not loaded
    except (httpx.TransportError, OSError) as error:
        raise server.failed(f"the server did not take the new models: {error!r}") from error


async def control(server: Server, model: str, action: str) -> httpx.Response:
    timeout = timeout_minutes(server.revision.environment) * 60
    return await server.send(
        "POST", f"/v2/repository/models/{model}/{action}", content=b"{}", timeout=timeout
    )


def touch(folder: Path) -> None:
    """Make all of it new: Triton loads again only the versions that are newer than those it has loaded."""
    for path in (folder, *folder.rglob("*")):
        os.utime(path)
