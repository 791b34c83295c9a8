"""Names of images as places in a registry. Nothing here asks anybody."""

from dataclasses import dataclass

from reconciler.core.planning.images.hosts import is_ocir

USUAL_TAG = "latest"
"""The tag of a name that has neither tag nor digest."""

_HOSTS = {"docker.io": "registry-1.docker.io", "index.docker.io": "registry-1.docker.io"}
"""Where the registry of a name is, if not at its own host."""


@dataclass(frozen=True, slots=True)
class ImagePlace:
    """`host` as in the name, perhaps with a port; `path`: the repository in the registry."""

    host: str
    path: str
    tag: str

    @property
    def is_ocir(self) -> bool:
        """Whether the registry is OCI's."""
        return is_ocir(self.host)

    @property
    def repository(self) -> str:
        """The name without the tag."""
        return f"{self.host}/{self.path}"


def place_of(reference: str) -> ImagePlace:
    """The place of an image: `host/path:tag`. What stands before the first `/` is always a host."""
    host, _, rest = reference.partition("/")
    path, _, tag = rest.partition(":")
    return ImagePlace(host, path, tag or USUAL_TAG)


def origin_of(host: str, *, tls: bool = True) -> str:
    """Where the registry of a host is asked. Without `tls` that may only be a host on this machine."""
    return f"{'https' if tls else 'http'}://{_HOSTS.get(host, host)}"
