"""What engines and registries have said, and what a user is told to do about it."""

import pytest

from reconciler.adapters.docker.refusals import (
    Obstacle,
    build_error,
    host_of,
    obstacle_in,
    pull_error,
    push_error,
)
from reconciler.core.model.errors import Failed, SetupError

IMAGE = "iad.ocir.io/acme/triton:1.0"
SAID = {
    # podman 4.3 with Debian's registry
    "unable to retrieve auth token: invalid username/password: unauthorized: incorrect username or "
    "password": Obstacle.CREDENTIALS,
    "checking whether a blob exists: errors:\ndenied: requested access to the resource is denied\n"
    "error parsing HTTP 401 response body": Obstacle.NOT_ALLOWED,
    "initiating layer upload: denied: the limit of images in this repository is reached": Obstacle.QUOTA,
    "initiating layer upload: toomanyrequests: too many requests": Obstacle.PASSING,
    'Get "https://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused': Obstacle.PASSING,
    "dial tcp: lookup nohost.invalid on 1.1.1.1:53: no such host": Obstacle.PASSING,
    "reading manifest 1 in a.example/nope: manifest unknown: manifest unknown": Obstacle.NO_IMAGE,
    "tls: failed to verify certificate: x509: certificate signed by unknown authority": Obstacle.TLS,
    # Docker
    "unauthorized: authentication required": Obstacle.CREDENTIALS,
    "no basic auth credentials": Obstacle.CREDENTIALS,
    "denied: requested access to the resource is denied": Obstacle.NOT_ALLOWED,
    "name unknown: The repository with name 'x' does not exist": Obstacle.NOT_ALLOWED,
    "write /var/lib/docker/tmp/x: no space left on device": Obstacle.NO_ROOM,
    "received unexpected HTTP status: 503 Service Unavailable": Obstacle.PASSING,
    "something else": Obstacle.OTHER,
}


@pytest.mark.parametrize("words", SAID)
def test_obstacles_are_told_apart(words: str) -> None:
    assert obstacle_in(words) is SAID[words]


@pytest.mark.parametrize(
    ("words", "kind", "advice"),
    [
        ("no basic auth credentials", SetupError, "docker login iad.ocir.io"),
        ("denied: no", Failed, "Either there is no repository acme/triton in iad.ocir.io"),
        ("denied: quota exceeded", Failed, "have it raised"),
        ("no space left on device", SetupError, "docker system prune"),
        ("x509: certificate", SetupError, "does not trust iad.ocir.io"),
        ("503 Service Unavailable", Failed, "try again"),
    ],
)
def test_pushing(words: str, kind: type[Failed], advice: str) -> None:
    error = push_error(IMAGE, words)
    assert type(error) is kind
    assert str(error).startswith(f"{IMAGE} is not pushed: {words}\n")
    assert advice in str(error)
    assert error.foreign == (words,)


def test_what_is_not_known_is_told_as_it_is() -> None:
    assert str(push_error(IMAGE, "never\nheard of \x1b[2J")) == f"{IMAGE} is not pushed: never heard of"


def test_pulling() -> None:
    told = str(pull_error("nvcr.io/nvidia/tritonserver:9.9-py3", "arm64", "manifest unknown"))
    assert "cannot be pulled for arm64" in told
    assert "check image.build.triton, base and full" in told


def test_a_step_with_its_last_lines() -> None:
    error = build_error("step 2/3: RUN x", ("one", "two"), "exit status 64", "amd64")
    assert str(error) == "the build failed at step 2/3: RUN x\n    | one\n    | two\n    exit status 64"
    assert {"one", "two", "exit status 64"} <= set(error.foreign)


def test_programs_of_another_architecture() -> None:
    said = "exec container process (missing dynamic library?) `/bin/sh`: Exec format error"
    error = build_error("step 2/3: RUN x", (), said, "arm64")
    assert "build where an engine is for arm64, or install emulation there" in str(error)
    assert "emulation" not in str(build_error("step 2/3: RUN x", (), "exit status 1", "arm64"))


def test_hosts() -> None:
    names = ("iad.ocir.io/a/b:1", "localhost/x:1", "host:5000/x", "ubuntu:22.04", "nvidia/cuda:1")
    assert [host_of(name) for name in names] == [
        "iad.ocir.io",
        "localhost",
        "host:5000",
        "docker.io",
        "docker.io",
    ]
