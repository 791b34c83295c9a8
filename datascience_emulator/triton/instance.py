"""One instance of a deployment: a server, which is replaced whenever it dies.

UNVERIFIED: that the service replaces an instance that fails, and that no lifecycle state changes. `fleet`
starts the first server of a revision and handles its failures.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial

from datascience_emulator.triton.model_loading import change
from datascience_emulator.triton.server import Server
from datascience_emulator.triton.values import Revision, ServerFailed

_LOG = logging.getLogger(__name__)
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
# After a server has run for this long, the next pause is the first one again.
STEADY_SECONDS = 60.0


class Instance:
    """`server` has to be ready. `again` starts another server for a revision. Needs a running event loop."""

    def __init__(self, name: str, server: Server, again: Callable[[Revision], Server]) -> None:
        self.name = name
        self.server = server
        self._again = again
        self._revision = server.revision
        self._upkeep = asyncio.get_running_loop().create_task(self._keep_up())

    async def change(self, revision: Revision, load: Sequence[str], unload: Sequence[str]) -> None:
        """As `change` of the server. A server that replaces it later serves `revision` too."""
        self._revision = revision
        await change(self.server, revision, load, unload)

    async def stop(self) -> None:
        """As Server.stop; the server is not replaced."""
        self._upkeep.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._upkeep
        await self.server.stop()

    def close(self) -> None:
        """As Server.close; the server is not replaced."""
        self._upkeep.cancel()
        self.server.close()

    async def _keep_up(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            began = time.monotonic()
            await self.server.ended()
            if time.monotonic() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            _LOG.warning(
                "%s: a server died: %s (%s); another is started in %g s",
                *(self.name, self.server.end, self.server.log, pause),
            )
            await self.server.kill()
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            await self._replace()

    async def _replace(self) -> None:
        try:
            self.server = await self._another()
            _LOG.warning("%s: the server in place of the one that died is ready", self.name)
        except (ServerFailed, OSError) as error:
            _LOG.error("%s: no server in place of the one that died: %s", self.name, error)

    async def _another(self) -> Server:
        """A ready server of the current revision, even if that changed while the server was starting."""
        while True:
            revision = self._revision
            server = await started(partial(self._again, revision))
            if revision is self._revision:
                return server
            await server.kill()


async def started(start: Callable[[], Server]) -> Server:
    """A ready server; nothing is left of one that does not become ready."""
    server = start()
    try:
        await server.ready()
    except BaseException:
        await server.kill()
        raise
    return server
