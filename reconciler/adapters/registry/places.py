"""Names of images as places in a registry. Nothing here asks anybody."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

from reconciler.core.model.urls import read_url
from reconciler.core.planning.images.hosts import is_ocir

USUAL_TAG = "latest"
"""The tag of a name that has neither tag nor digest."""

_HOSTS = {"docker.io": "registry-1.docker.io", "index.docker.io": "registry-1.docker.io"}
"""Where the registry of a name is, if not at its own host."""

_PORT = re.compile(r":[0-9]+$")


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


def is_this_machine(host: str) -> bool:
    """Whether the host, perhaps with a port, is a loopback address or `localhost`."""
    name = _PORT.sub("", host).strip("[]")
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def allowed_url(text: str, base: str) -> str:
    """The URL that a registry names, in a redirect or as the place of tokens; `base` is what it answers to.
    Raises BadUrl unless it leads to another machine over TLS. A registry on this machine may name others on
    it, and one without TLS, which there is only here, may name such ones.

    Names are not resolved: one that leads to a machine inside would have to show that name's certificate.
    """
    url, from_here = urljoin(base, text), is_this_machine(urlsplit(base).netloc)
    parts = urlsplit(url)
    here = from_here and is_this_machine(parts.netloc) and "@" not in parts.netloc
    if here and parts.scheme in {"https", urlsplit(base).scheme} and url.isascii() and url.isprintable():
        return url
    return str(read_url(url))


def same_origin(url: str, other: str) -> bool:
    """Whether both lead to the same server."""
    return urlsplit(url)[:2] == urlsplit(other)[:2]
