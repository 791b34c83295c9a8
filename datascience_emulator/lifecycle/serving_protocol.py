"""What serves deployments, as `model_servers` uses it: the module `datascience_emulator.triton`, or what
`datascience_emulator.containers` has in its place.

Both are imported only when they are first needed, so this module imports nothing of them.
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
    ServingUnavailable: type[Exception]
    ServerFailed: type[Exception]
    NotServing: type[Exception]
    Revision: Callable[..., object]
    Container: Callable[..., object]

    def check(self) -> None:
        """Raises ServingUnavailable when it cannot serve here."""

    def new_fleet(self, name: str, work_dir: Path, log_dir: Path) -> Fleet: ...
