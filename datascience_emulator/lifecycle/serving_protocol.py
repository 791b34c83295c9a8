"""The parts of `datascience_emulator.triton` that `model_servers` uses, as types.

`triton` is imported only when it is first needed, so this module imports nothing of it.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from datascience_emulator.wire.predicting import Reply, Stream


class Fleet(Protocol):
    async def roll(self, revision: object, progress: Callable[[str], None]) -> None: ...
    async def live(
        self,
        revision: object,
        load: Sequence[str],
        unload: Sequence[str],
        progress: Callable[[str], None],
    ) -> None: ...
    async def stop(self) -> None: ...
    @property
    def instances(self) -> int: ...
    async def predict(
        self, headers: Mapping[str, str], body: bytes, method: str, path: str | None
    ) -> Reply: ...
    def stream(
        self, headers: Mapping[str, str], body: bytes, method: str, path: str | None
    ) -> AbstractAsyncContextManager[Stream]: ...


class Serving(Protocol):
    """The module `datascience_emulator.triton`."""

    ServingUnavailable: type[Exception]
    ServerFailed: type[Exception]
    NotServing: type[Exception]
    Revision: Callable[..., object]

    def check(self) -> None: ...

    def Fleet(self, name: str, work_dir: Path, log_dir: Path) -> Fleet: ...  # noqa: N802 (a class over there)
