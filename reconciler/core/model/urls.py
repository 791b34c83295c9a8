"""A URL, read once: what is checked here is what is requested.

Programs do not agree on where the host of a URL ends (`https://a\\@b`, `https://a#@b`), which number an
address is (`0177.0.0.1`, `2130706433`), or which name a letter stands for. What two of them may read
differently is refused. Nothing here resolves a name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias
from urllib.parse import urljoin

Address: TypeAlias = IPv4Address | IPv6Address

HTTPS_PORT = 443

_CHARACTERS = re.compile(r"[!-\[\]-~]*")
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<target>[^#]*)(?:#.*)?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]*\]|[^:\[\]]*)(?P<port>:.*)?")
_PORT = re.compile(r":[1-9][0-9]{0,4}")
_NAME = re.compile(r"(?!.{254})(?:(?!-)[a-z0-9_-]{1,63}(?<!-)\.)*(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
"""A host that ends so is an address to some programs (WHATWG URL standard, "ends in a number checker")."""

_ASK_ANOTHER = "Models come from other machines: use the address of a server, public or in a private network."


class BadUrl(Exception):
    """A URL that is not requested: what is wrong with it (`names no host`), and what to do."""

    def __init__(self, what: str, advice: str) -> None:
        self.what, self.advice = what, advice
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Url:
    """An https:// URL. `host` is a name in small letters, or an address without brackets; `target` is the
    path, from its `/`, and the query.
    """

    host: str
    port: int
    target: str

    def __str__(self) -> str:
        return f"{self._origin}{self.target}"

    @property
    def shown(self) -> str:
        """As messages have it, without the query: that may be a secret."""
        return f"{self._origin}{self.path}"

    @property
    def path(self) -> str:
        """Without the query."""
        return self.target.partition("?")[0]

    @property
    def _origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}" + ("" if self.port == HTTPS_PORT else f":{self.port}")


def read_url(text: str) -> Url:
    """The URL that a text is. Raises BadUrl, which quotes nothing of it that may be secret."""
    _check_characters(text)
    match = _URL.fullmatch(text)
    if match is None or match["scheme"].lower() != "https":
        raise BadUrl("is not an https:// address", "Without TLS anybody on the way can change the file.")
    authority, target = match["authority"], match["target"]
    if "@" in authority:
        advice = "Use an address that needs neither, such as a pre-authenticated request of Object Storage."
        raise BadUrl("names a user or a password", advice)
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise BadUrl("names a host that is none", "Write https://HOST/PATH.")
    return Url(
        _host(parts["host"].lower()), _port(parts["port"]), target if target[:1] == "/" else f"/{target}"
    )


def follow(place: Url, location: str) -> Url:
    """Where an answer of `place` redirects to (RFC 9110, section 10.2.2). Raises BadUrl."""
    _check_characters(location)
    if location.startswith("///"):
        raise BadUrl("names no host", "Use the address that it should lead to.")
    return read_url(location if _SCHEME.match(location) else urljoin(str(place), location))


def refused_address(address: Address) -> str:
    """What an address is that no model comes from, such as `a loopback address`; empty for all others,
    private networks among them.
    """
    for candidate in (address, *_embedded(address)):
        for kind, networks in _REFUSED.items():
            if any(candidate in network for network in networks):
                return kind
    return ""


def _check_characters(text: str) -> None:
    if not _CHARACTERS.fullmatch(text):
        raise BadUrl(
            "holds a character that programs read differently (a space, a backslash, one that is not ASCII)",
            "Write names of hosts as xn--…, and all other such characters as %XX.",
        )


def _port(text: str | None) -> int:
    if text is None:
        return HTTPS_PORT
    if not _PORT.fullmatch(text) or int(text[1:]) > 65535:
        raise BadUrl("names a port that is none", "Ports are 1 to 65535; without one it is 443.")
    return int(text[1:])


def _host(text: str) -> str:
    if not text:
        raise BadUrl("names no host", "Write https://HOST/PATH.")
    if text == "localhost" or text.endswith(".localhost"):
        raise BadUrl("leads to this machine itself", _ASK_ANOTHER)
    if not text.startswith("[") and not _NUMBER.fullmatch(text):
        if not _NAME.fullmatch(text):
            raise BadUrl("names a host that is none", "Write https://HOST/PATH, without a dot after HOST.")
        return text
    try:
        address = IPv6Address(text[1:-1]) if text.startswith("[") else IPv4Address(text)
    except ValueError:
        advice = "Write an address as four decimal numbers, or as an IPv6 address in brackets."
        raise BadUrl("names an address that programs read differently", advice) from None
    if kind := refused_address(address):
        raise BadUrl(f"leads to {address}, {kind}", _ASK_ANOTHER)
    return str(address)


def _networks(*texts: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text) for text in texts)


_REFUSED = {
    "a loopback address": _networks("127.0.0.0/8", "::1"),
    "a link-local address": _networks("169.254.0.0/16", "fe80::/10"),
    "an unspecified address": _networks("0.0.0.0/8", "::"),
    "a multicast address": _networks("224.0.0.0/4", "ff00::/8"),
    "a reserved address": _networks("240.0.0.0/4"),
    "a metadata service of the cloud": _networks(
        *(
            "fd00:c1::a9fe:a9fe",
            "192.0.0.192",
            "fd00:ec2::/32",
            "fd20:ce::254",
            "168.63.129.16",
            "100.100.100.200",
        )
    ),
}
"""By IANA's special-purpose registries; the metadata services are those of OCI, AWS, Google, Azure and
Alibaba that answer on an address which is not link-local too.
"""

_LOW = (  # networks whose last 32 bits are an IPv4 address
    IPv6Network("::/96"),  # IPv4-compatible (RFC 4291, section 2.5.5.1)
    IPv6Network("::ffff:0:0/96"),  # IPv4-mapped (RFC 4291, section 2.5.5.2)
    IPv6Network("::ffff:0:0:0/96"),  # IPv4-translated (RFC 2765)
    IPv6Network("64:ff9b::/96"),  # NAT64 (RFC 6052)
)
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
_ISATAP = (0x00005EFE, 0x02005EFE)


def _embedded(address: Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that packets to an IPv6 address may end at."""
    if isinstance(address, IPv4Address):
        return
    number = int(address)
    low = number & 0xFFFFFFFF
    isatap = (number >> 32) & 0xFFFFFFFF in _ISATAP  # RFC 5214, section 6.1
    if isatap or any(address in network for network in _LOW):
        yield IPv4Address(low)
    if address in _LOCAL_NAT64:  # RFC 8215; with a prefix of 96 or of 48 bits (RFC 6052, section 2.2)
        around_64 = (number >> 64 & 0xFFFF) << 16 | number >> 40 & 0xFFFF
        yield from map(IPv4Address, {low, around_64} - {0} or {0})
    if address.sixtofour:
        yield address.sixtofour
    yield from address.teredo or ()


def address_of(host: str) -> Address | None:
    """The address that a host is; None when it is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None
