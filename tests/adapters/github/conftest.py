"""The stand-in for GitHub, and the adapter that speaks to it, without waiting."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from reconciler.adapters.github.own_posts import OwnPosts
from reconciler.adapters.github.repository import GithubRepository
from reconciler.adapters.github.transport import GithubPatience, GithubTransport
from tests.support.github import Hub, github


@dataclass
class Waits:
    """The seconds that somebody would have waited."""

    seconds: list[float] = field(default_factory=list)

    @property
    def patience(self) -> GithubPatience:
        return GithubPatience(sleep=self.seconds.append, jitter=lambda: 1.0)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with github() as running:
        yield running


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def transport(hub: Hub, waits: Waits) -> GithubTransport:
    return GithubTransport(hub.url, hub.token, waits.patience)


@pytest.fixture
def repository(hub: Hub, transport: GithubTransport) -> GithubRepository:
    return GithubRepository(transport, hub.repository)


@pytest.fixture
def posts(repository: GithubRepository) -> OwnPosts:
    return OwnPosts(repository)
