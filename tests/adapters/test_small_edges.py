"""Git, the clock and the predict endpoint."""

import asyncio
import subprocess
from pathlib import Path

import pytest

from reconciler.adapters.clock import RealClock
from reconciler.adapters.git.repository import revision, without_credentials
from reconciler.adapters.oci.client import ServiceAccess
from reconciler.adapters.prediction.predict import Predictor
from reconciler.core.model.errors import CloudError, Transient
from reconciler.core.model.spec import Revision
from tests.support.http_service import Service


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GITHUB_HEAD_REF", "GITHUB_REF_NAME"):
        monkeypatch.delenv(name, raising=False)
    git(tmp_path, "init", "-b", "main")
    return tmp_path


def test_no_repository_and_no_commit_have_no_revision(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert revision(tmp_path_factory.mktemp("plain")) == ""
    assert revision(repository) == "HEAD names no commit: there is none yet"


def test_commit_branch_and_remote_without_credentials(repository: Path) -> None:
    git(repository, "commit", "--allow-empty", "-m", "one")
    commit = git(repository, "rev-parse", "HEAD")
    assert revision(repository) == Revision(commit, "main", "")
    git(repository, "remote", "add", "origin", "https://user:t0ken@github.com/acme/models.git")
    inside = repository / "manifests"
    inside.mkdir()
    assert revision(inside) == Revision(commit, "main", "https://github.com/acme/models.git")


def test_a_detached_head_takes_its_branch_from_github(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(repository, "commit", "--allow-empty", "-m", "one")
    git(repository, "checkout", "--detach")
    found = revision(repository)
    assert isinstance(found, Revision)
    assert found.branch == ""
    monkeypatch.setenv("GITHUB_HEAD_REF", "feature")
    assert revision(repository) == Revision(found.commit, "feature", "")


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://x-access-token:abc@github.com/a/b.git", "https://github.com/a/b.git"),
        ("https://github.com:8443/a/b?token=abc#x", "https://github.com:8443/a/b"),
        ("ssh://git:pw@host/a", "ssh://host/a"),
        ("git@github.com:a/b.git", "git@github.com:a/b.git"),
        ("/srv/git/a", "/srv/git/a"),
        ("https://[bad", ""),
    ],
)
def test_urls_lose_their_credentials(url: str, clean: str) -> None:
    assert without_credentials(url) == clean


def test_the_clock_goes_on() -> None:
    clock = RealClock()
    before = clock.now()
    asyncio.run(clock.sleep(0.01))
    assert clock.now() - before >= 0.009


def test_a_prediction_is_signed_and_names_model_and_version(service: Service, access: ServiceAccess) -> None:
    service.answer = lambda _: (400, {"X-Reason": "shape"}, b'{"error": "wrong shape"}')
    answer = Predictor(access)(f"{service.url}/ocid1.d", "resnet", "3", b'{"inputs": []}')
    assert (answer.status, answer.headers["x-reason"], answer.body) == (
        400,
        "shape",
        b'{"error": "wrong shape"}',
    )
    (asked,) = service.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/ocid1.d/predict", b'{"inputs": []}')
    assert (asked.headers["model_name"], asked.headers["model_version"]) == ("resnet", "3")
    assert "x-content-sha256" in asked.headers["authorization"]
    assert asked.headers["content-length"] == "14"


def test_without_a_version_none_is_sent(service: Service, access: ServiceAccess) -> None:
    Predictor(access)(service.url, "resnet", None, b"{}")
    assert "model_version" not in service.asked[0].headers


@pytest.mark.parametrize(("status", "kind"), [(302, Transient), (307, Transient), (308, CloudError)])
def test_a_redirect_is_neither_an_answer_nor_a_detour(
    service: Service, access: ServiceAccess, status: int, kind: type[CloudError]
) -> None:
    service.answer = lambda _: (status, {"location": f"{service.url}/elsewhere"}, b"")
    with pytest.raises(CloudError, match="which is not followed") as caught:
        Predictor(access)(service.url, "resnet", None, b"{}")
    assert type(caught.value) is kind
    assert len(service.asked) == 1


def test_no_answer_is_transient(access: ServiceAccess) -> None:
    with pytest.raises(Transient, match="asking resnet at"):
        Predictor(access)("http://127.0.0.1:1", "resnet", None, b"{}")


@pytest.mark.parametrize("url", ["", "nowhere", "file:///etc/passwd", "http://", "https://[::1"])
def test_what_is_no_endpoint_is_not_tried_again(access: ServiceAccess, url: str) -> None:
    with pytest.raises(CloudError, match="asking resnet at") as caught:
        Predictor(access)(url, "resnet", None, b"{}")
    assert type(caught.value) is CloudError
