"""One container engine: which images it has, and pulling, building and pushing with what is told meanwhile.

No decision is made here. Errors are those of `refusals`, and SetupError when no engine answers.
"""

import io
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

from reconciler.adapters.docker.connection import connect_engine
from reconciler.adapters.docker.progress import BuildLog, Layers, Tell, readable
from reconciler.adapters.docker.refusals import build_error, pull_error
from reconciler.core.model.errors import Failed, quoting
from reconciler.core.model.images.image import Platform

Credentials: TypeAlias = Mapping[str, str] | None
"""What the `docker` package takes as `auth_config`; None for nobody."""

_DIGEST = re.compile(r"\bdigest: (sha256:[0-9a-f]{64})\b")


class EngineSaid(Exception):
    """The engine reports, in the middle of its work, that it failed; the text is what it said."""


class ContainerEngine:
    """A connected engine, for one thread: use `engine()`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def labels(self, image: str) -> Mapping[str, str] | None:
        """The labels of an image that it has; None when it has none of this name."""
        found = self._inspected(image)
        return None if found is None else dict(found.get("Config", {}).get("Labels") or {})

    def labelled(self, label: str, value: str) -> str | None:
        """An image that it has with this label, by its id."""
        found = self._asked(lambda: self._client.images(filters={"label": f"{label}={value}"}, quiet=True))
        return str(found[0]) if found else None

    def tag(self, source: str, image: str) -> None:
        """Give an image that it has another name, which may be that of another image now."""
        repository, _, tag = image.rpartition(":")
        self._asked(lambda: self._client.tag(source, repository, tag, force=True))

    def ensure(
        self, image: str, platform: Platform, credentials: Callable[[], Credentials], tell: Tell
    ) -> None:
        """Pull an image for this platform, unless the engine has it. Without credentials the package sends
        what Docker keeps. Raises Failed where there is none for the platform.
        """
        if self._architecture(image) == platform.architecture:
            return
        tell(f"pulling {image}", None)
        repository, tag = _name_and_tag(image)
        layers = Layers(f"pulling {image}", tell)
        try:
            for event in self._events(
                lambda: self._client.pull(
                    repository,
                    tag=tag,
                    stream=True,
                    decode=True,
                    auth_config=credentials(),
                    platform=str(platform),
                )
            ):
                layers.take(event)
        except EngineSaid as said:
            raise pull_error(image, platform.architecture, str(said)) from said
        if (found := self._architecture(image)) != platform.architecture:
            raise Failed(
                f"{image} is an image for {found or 'nothing known'}, and the deployment's shape runs "
                f"images for {platform.architecture}: name another one in image.build, or another shape"
            )

    def build(self, context: Mapping[str, str], image: str, platform: Platform, tell: Tell) -> None:
        """Build an image for this platform from these files, of which `Dockerfile` is one, and give it this
        name. Nothing else is sent: neither build arguments, nor what the environment says of proxies.
        """
        log = BuildLog(tell)
        try:
            for event in self._events(
                lambda: self._client.build(
                    fileobj=_packed(context),
                    custom_context=True,
                    tag=image,
                    rm=True,
                    forcerm=True,
                    decode=True,
                    use_config_proxy=False,
                    platform=str(platform),
                )
            ):
                log.take(str(event.get("stream") or ""))
        except EngineSaid as said:
            raise build_error(log.step, log.last_lines, str(said), platform.architecture) from said

    def push(self, image: str, credentials: Credentials, tell: Tell) -> str:
        """Push an image; the digest that the engine tells, or empty. Raises EngineSaid when it does not work:
        whether another try may help is for the caller to say.
        """
        repository, _, tag = image.rpartition(":")
        layers, digest = Layers(f"pushing {image}", tell), ""
        nobody = {"username": "", "password": ""}
        for event in self._events(
            lambda: self._client.push(
                repository, tag=tag, stream=True, decode=True, auth_config=credentials or nobody
            )
        ):
            layers.take(event)
            if told := _DIGEST.search(str(event.get("status") or "")):
                digest = told[1]
        return digest

    def _architecture(self, image: str) -> str | None:
        """What an image that it has is for; None when it has none of this name."""
        found = self._inspected(image)
        return None if found is None else str(found.get("Architecture") or "")

    def _inspected(self, image: str) -> Mapping[str, Any] | None:
        import docker.errors

        try:
            found: Mapping[str, Any] = self._asked(lambda: self._client.inspect_image(image))
        except docker.errors.NotFound:
            return None
        return found

    def _events(self, begin: Callable[[], Any]) -> Iterator[dict[str, Any]]:
        """What the engine tells. However this ends, the connection is closed, on which the engine stops."""
        import docker.errors
        import requests
        import urllib3.exceptions

        try:
            for event in self._asked(begin, EngineSaid):
                if error := event.get("error"):
                    detail = event.get("errorDetail")
                    message = detail.get("message") if isinstance(detail, dict) else None
                    raise EngineSaid(str(message or error))
                yield event
        except (
            docker.errors.DockerException,
            requests.RequestException,
            urllib3.exceptions.HTTPError,
        ) as error:
            raise EngineSaid(f"the engine is gone: {_words(error)}") from error

    def _asked(self, ask: Callable[[], Any], kind: type[Exception] | None = None) -> Any:
        import docker.errors
        import requests

        try:
            return ask()
        except docker.errors.NotFound:
            raise
        except (docker.errors.DockerException, requests.RequestException) as error:
            if kind is not None and isinstance(error, docker.errors.APIError):
                raise kind(_words(error)) from error
            said = _words(error)
            raise quoting(
                Failed(f"the container engine does not do what it is asked: {said}"), said
            ) from error


@contextmanager
def engine(connect: Callable[[], Any] = connect_engine) -> Iterator[ContainerEngine]:
    """The engine of this machine, while it is used. Raises SetupError when none answers."""
    client = connect()
    try:
        yield ContainerEngine(client)
    finally:
        client.close()


def _words(error: BaseException) -> str:
    return readable(str(getattr(error, "explanation", None) or error))


def _name_and_tag(image: str) -> tuple[str, str]:
    """An image's name, and its tag, or its digest in place of that."""
    name, at, digest = image.partition("@")
    if at:
        bare = name if ":" not in name.rpartition("/")[2] else name.rpartition(":")[0]
        return bare, digest
    if ":" in name.rpartition("/")[2]:
        repository, _, tag = name.rpartition(":")
        return repository, tag
    return name, "latest"


def _packed(context: Mapping[str, str]) -> io.BytesIO:
    """The files as a tar archive. Times are zero, so that an unchanged build hits the engine's cache."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, text in context.items():
            content = text.encode()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    packed.seek(0)
    return packed
