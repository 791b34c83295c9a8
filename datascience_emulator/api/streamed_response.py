"""A response that passes a stream on as it arrives, and closes the stream whatever happens: at its end, when
it breaks off, or when the caller hangs up.
"""

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

_LOG = logging.getLogger(__name__)


class StreamedResponse(StreamingResponse):
    """`owner` holds the open stream and closes it. `ended` is called last, with the number of bytes that were
    passed on.
    """

    def __init__(
        self, chunks: AsyncIterator[bytes], status: int, headers: Mapping[str, str], owner: AsyncExitStack
    ) -> None:
        super().__init__(self._counted(chunks), status, headers)
        self.ended: Callable[[int], None] = lambda size: None
        self._owner, self._size = owner, 0

    async def _counted(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for chunk in chunks:
            self._size += len(chunk)
            yield chunk

    async def stream_response(self, send: Send) -> None:
        """A stream that breaks off ends without its last chunk, so that the caller does not take it for
        complete.

        The service then sends the trailer StreamFailure (data-science/using/
        model-dep-response-streaming-endpoint.htm), which the HTTP server here cannot send.
        """
        try:
            await super().stream_response(send)
        except Exception as error:
            _LOG.warning("a stream broke off after %d bytes: %s", self._size, error or type(error).__name__)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with self._owner:
                await super().__call__(scope, receive, send)
        finally:
            self.ended(self._size)
