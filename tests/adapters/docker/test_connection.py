"""Where an engine is looked for, and what is said when none answers."""

import hashlib
import json
import socket
from pathlib import Path

import pytest

from reconciler.adapters.docker.connection import addresses, connect_engine
from reconciler.core.model.errors import SetupError


@pytest.fixture(autouse=True)
def own_docker_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Docker's settings of whoever runs the tests decide nothing."""
    folder = tmp_path / "docker"
    folder.mkdir()
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    return folder


def context(folder: Path, name: str, host: str) -> None:
    """A context as `docker context create` writes it."""
    place = folder / "contexts/meta" / hashlib.sha256(name.encode()).hexdigest()
    place.mkdir(parents=True)
    endpoint = {"docker": {"Host": host, "SkipTLSVerify": False}}
    (place / "meta.json").write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": endpoint}))


def test_usual_places() -> None:
    assert [address.url for address in addresses({"XDG_RUNTIME_DIR": "/run/user/7"})] == [
        "unix:///var/run/docker.sock",
        "unix:///run/user/7/docker.sock",
        "unix:///run/user/7/podman/podman.sock",
        "unix:///run/podman/podman.sock",
    ]


def test_docker_host_comes_first(own_docker_config: Path) -> None:
    context(own_docker_config, "far", "tcp://far.example:2375")
    (own_docker_config / "config.json").write_text('{"currentContext": "far"}')
    found = list(addresses({"DOCKER_HOST": "tcp://near.example:2375"}))
    assert [str(address) for address in found] == ["tcp://near.example:2375 (DOCKER_HOST)"]


def test_a_context(own_docker_config: Path) -> None:
    context(own_docker_config, "far", "tcp://far.example:2375")
    context(own_docker_config, "farther", "tcp://farther.example:2375")
    (own_docker_config / "config.json").write_text('{"currentContext": "far"}')
    assert [str(one) for one in addresses({})] == ["tcp://far.example:2375 (Docker's context far)"]
    named = [one.url for one in addresses({"DOCKER_CONTEXT": "farther"})]
    assert named == ["tcp://farther.example:2375"]


def test_a_context_that_is_not_there() -> None:
    with pytest.raises(SetupError, match="Docker has no context 'lost'"):
        list(addresses({"DOCKER_CONTEXT": "lost"}))


def test_no_engine_answers(tmp_path: Path) -> None:
    silent = socket.socket(socket.AF_UNIX)
    silent.bind(str(tmp_path / "dead.sock"))
    silent.close()
    with pytest.raises(SetupError) as caught:
        connect_engine({"DOCKER_HOST": f"unix://{tmp_path}/dead.sock"})
    lines = str(caught.value).splitlines()
    assert lines[0] == "no container engine answers, and images are built and pushed by one"
    assert lines[1] == f"    tried unix://{tmp_path}/dead.sock (DOCKER_HOST): Connection refused"
    assert "podman.socket" in lines[2]
    assert "DOCKER_HOST" in lines[2]


def test_an_address_that_is_none() -> None:
    with pytest.raises(SetupError, match="tried nonsense"):
        connect_engine({"DOCKER_HOST": "nonsense://x"})
