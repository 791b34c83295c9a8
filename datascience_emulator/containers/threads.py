"""Calls of the engine beside the event loop.

Their threads are daemons: an emulator that ends does not wait for an engine that downloads an image.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

T = TypeVar("T")


async def beside(work: Callable[[], T]) -> T:
    """The result of `work`. If cancelled, `work` goes on by itself."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(done: Callable[[], None]) -> None:
        if not result.cancelled():
            done()

    def run() -> None:
        try:
            value = work()
        except BaseException as error:
            in_loop(loop, settle, partial(result.set_exception, error))
        else:
            in_loop(loop, settle, partial(result.set_result, value))

    threading.Thread(target=run, daemon=True, name="container engine").start()
    return await result


def in_loop(loop: asyncio.AbstractEventLoop, work: Callable[..., object], *arguments: object) -> None:
    """`work` in the loop, unless that has ended."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(work, *arguments)
