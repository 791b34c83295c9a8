"""Where an answer may lead to: URLs that servers name. Nothing here asks anybody."""

import re
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

from reconciler.core.model.urls import read_url

_PORT = re.compile(r":[0-9]+$")


def is_this_machine(host: str) -> bool:
    """Whether the host, perhaps with a port, is a loopback address or `localhost`."""
    name = _PORT.sub("", host).strip("[]")
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def allowed_url(text: str, base: str) -> str:
    """The URL that a server names, in a redirect or as the place of tokens; `base` is what it answers to.
    Raises BadUrl unless it leads to another machine over TLS. A server on this machine may name others on
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
