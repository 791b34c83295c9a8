"""What `datascience_emulator.triton` offers, as far as it is used: the types that `fleets` and `predict` see.

The serving side is imported when it is needed; this module imports nothing of it.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Reply(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


class Stream(Protocol):
    """A reply whose body is still coming."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def chunks(self) -> AsyncIterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Ask:
    """One predict request. `path`, with its query, as the container is to see it; None: where the deployment
    maps its predict endpoint to. Header names are in lower case.
    """

    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"
    path: str | None = None


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
    def serving(self) -> bool: ...
    @property
    def instances(self) -> int: ...
    async def predict(
        self, headers: Mapping[str, str], body: bytes, method: str, path: str | None
    ) -> Reply: ...
    def stream(
        self, headers: Mapping[str, str], body: bytes, method: str, path: str | None
    ) -> AbstractAsyncContextManager[Stream]: ...


class Serving(Protocol):
    """What `datascience_emulator.triton` offers, as far as it is used here."""

    ServingUnavailable: type[Exception]
    ServerFailed: type[Exception]
    NotServing: type[Exception]
    Revision: Callable[..., object]

    def check(self) -> None: ...

    def Fleet(self, name: str, work_dir: Path, log_dir: Path) -> Fleet: ...  # noqa: N802 (a class over there)
