"""One reading of a URL: what two programs may read differently is refused."""

from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.model.urls import BadUrl, Url, follow, read_url, refused_address

CHARACTER = "holds a character that programs read differently"
USER = "names a user or a password"
NUMBER = "names an address that programs read differently"
NO_HOST = "names no host"
NO_NAME = "names a host that is none"
NO_PORT = "names a port that is none"
NO_TLS = "is not an https:// address"
ITSELF = "leads to this machine itself"
MAPPED = IPv6Address("::ffff:127.0.0.1")  # Pythons write it in different ways

REFUSED = {
    r"https://a\@b/x": CHARACTER,
    r"https:\\a\x": CHARACTER,
    r"https://a/\..\x": CHARACTER,
    "https://a\t.b/x": CHARACTER,
    "https://a/x\n": CHARACTER,
    " https://a/x": CHARACTER,
    "https://a\x00b/x": CHARACTER,
    "https://a。b/x": CHARACTER,
    "https://ⓛocalhost/x": CHARACTER,
    "https://bücher.example/x": CHARACTER,
    "https://a/\u202ex": CHARACTER,
    "https://a@b/x": USER,
    "https://a:b@c/x": USER,
    "https://@c/x": USER,
    "https://a@b@c/x": USER,
    "https://a:80@b/x": USER,
    "https://0177.0.0.1/x": NUMBER,
    "https://2130706433/x": NUMBER,
    "https://0x7f000001/x": NUMBER,
    "https://0x7f.1/x": NUMBER,
    "https://127.1/x": NUMBER,
    "https://1.2.3.4.5/x": NUMBER,
    "https://256.1.1.1/x": NUMBER,
    "https://a.1/x": NUMBER,
    "https://[::1/x": NO_NAME,
    "https://[::1%25eth0]/x": NO_NAME,
    "https://[v1.x]/x": NO_NAME,
    "https://[]/x": NUMBER,
    "https://[1::2::3]/x": NUMBER,
    "https://::1/x": NO_HOST,
    "https:///x": NO_HOST,
    "https://": NO_HOST,
    "https://:443/x": NO_HOST,
    "https://?x": NO_HOST,
    "https://#a@b/x": NO_HOST,
    "https://a./x": NO_NAME,
    "https://127.0.0.1./x": NO_NAME,
    "https://.a/x": NO_NAME,
    "https://a..b/x": NO_NAME,
    "https://-a/x": NO_NAME,
    "https://a%2eb/x": NO_NAME,
    "https://%31%32%37.0.0.1/x": NUMBER,
    "https://a,b/x": NO_NAME,
    "https://a;b/x": NO_NAME,
    f"https://{'a' * 64}.b/x": NO_NAME,
    f"https://{'a.' * 130}b/x": NO_NAME,
    "https://a:/x": NO_PORT,
    "https://a:0/x": NO_PORT,
    "https://a:00443/x": NO_PORT,
    "https://a:65536/x": NO_PORT,
    "https://a:-1/x": NO_PORT,
    "https://a:443:443/x": NO_PORT,
    "https://a:x/x": NO_PORT,
    "http://a/x": NO_TLS,
    "ftp://a/x": NO_TLS,
    "file:///etc/passwd": NO_TLS,
    "https:a/x": NO_TLS,
    "https:/a/x": NO_TLS,
    "//a/x": NO_TLS,
    "": NO_TLS,
    "https://localhost/x": ITSELF,
    "https://LocalHost:8443/x": ITSELF,
    "https://a.localhost/x": ITSELF,
    "https://127.0.0.1/x": "leads to 127.0.0.1, a loopback address",
    "https://127.255.0.9/x": "leads to 127.255.0.9, a loopback address",
    "https://[::1]/x": "leads to ::1, a loopback address",
    "https://[0:0:0:0:0:0:0:1]/x": "leads to ::1, a loopback address",
    "https://[::ffff:127.0.0.1]/x": f"leads to {MAPPED}, a loopback address",
    "https://169.254.169.254/opc/v2/": "leads to 169.254.169.254, a link-local address",
    "https://[fe80::1]/x": "leads to fe80::1, a link-local address",
    "https://0.0.0.0/x": "leads to 0.0.0.0, an unspecified address",
    "https://[::]/x": "leads to ::, an unspecified address",
    "https://224.0.0.1/x": "leads to 224.0.0.1, a multicast address",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(BadUrl) as caught:
        read_url(text)
    assert caught.value.what.startswith(REFUSED[text])
    assert caught.value.advice


@pytest.mark.parametrize(
    ("text", "host", "port", "target"),
    [
        ("https://models.example.com/m.onnx", "models.example.com", 443, "/m.onnx"),
        ("HTTPS://Models.Example.com:443/M", "models.example.com", 443, "/M"),
        ("https://h:8443/m?a=b:c@d&e=/..//#part", "h", 8443, "/m?a=b:c@d&e=/..//"),
        ("https://h?a", "h", 443, "/?a"),
        ("https://h#@evil.example/x", "h", 443, "/"),
        ("https://h", "h", 443, "/"),
        ("https://xn--bcher-kva.example/%C3%A9", "xn--bcher-kva.example", 443, "/%C3%A9"),
        ("https://my_bucket.s3.example/a", "my_bucket.s3.example", 443, "/a"),
        ("https://10.1.2.3:5000/m", "10.1.2.3", 5000, "/m"),
        ("https://[FD00::0:1]/m", "fd00::1", 443, "/m"),
        ("https://8.8.8.8/m", "8.8.8.8", 443, "/m"),
    ],
)
def test_what_is_read(text: str, host: str, port: int, target: str) -> None:
    url = read_url(text)
    assert url == Url(host, port, target)
    assert read_url(str(url)) == url


PIECES = st.lists(
    st.sampled_from([*"ab1.:/@#?\\[]%-_ \t", "https:", "//", "0x7f", "::1", "127.0.0.1", ":443", "é", "。"]),
    max_size=12,
)


@given(PIECES)
def test_what_is_read_others_read_alike(pieces: list[str]) -> None:
    try:
        url = read_url("https://" + "".join(pieces))
    except BadUrl:
        return
    text = str(url)
    other, third = urlsplit("https://" + "".join(pieces)), urllib3.util.parse_url(text)
    assert (other.hostname, other.port or 443) == (url.host, url.port)
    assert ((third.host or "").strip("[]"), third.port or 443) == (url.host, url.port)
    assert read_url(text) == url


def test_messages_hold_the_port_and_no_query() -> None:
    assert read_url("https://h.example:8443/m?sig=hunter2").shown == "https://h.example:8443/m"
    assert read_url("https://h.example:443/m").shown == "https://h.example/m"
    assert read_url("https://[fd00::1]:9/m").shown == "https://[fd00::1]:9/m"


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused_is_not_quoted(text: str) -> None:
    with pytest.raises(BadUrl) as caught:
        read_url(text.replace("/x", "/hunter2").replace("@", ":hunter2@"))
    assert "hunter2" not in f"{caught.value.what} {caught.value.advice}"


BASE = read_url("https://h.example:8443/a/b?c")


@pytest.mark.parametrize(
    ("location", "end"),
    [
        ("https://other.example/x?y", "https://other.example/x?y"),
        ("/x", "https://h.example:8443/x"),
        ("x?y#z", "https://h.example:8443/a/x?y"),
        ("../x", "https://h.example:8443/x"),
        ("?d", "https://h.example:8443/a/b?d"),
        ("//other.example:9/x", "https://other.example:9/x"),
        ("", "https://h.example:8443/a/b?c"),
    ],
)
def test_where_a_redirect_leads(location: str, end: str) -> None:
    assert str(follow(BASE, location)) == end


@pytest.mark.parametrize(
    ("location", "what"),
    [
        ("http://other.example/x", NO_TLS),
        ("file:///etc/passwd", NO_TLS),
        ("https:x", NO_TLS),
        ("https:/evil.example", NO_TLS),
        ("data:,x", NO_TLS),
        ("javascript:x", NO_TLS),
        ("///evil.example/x", NO_HOST),
        ("https:///evil.example/x", NO_HOST),
        ("/\\evil.example", CHARACTER),
        ("//evil.example\\@h.example/", CHARACTER),
        ("/a, /b", CHARACTER),
        ("//u:p@evil.example/", USER),
        ("//169.254.169.254/opc/v2/", "leads to 169.254.169.254, a link-local address"),
        ("//localhost:1/", ITSELF),
        ("//h:99999/", NO_PORT),
    ],
)
def test_where_a_redirect_may_not_lead(location: str, what: str) -> None:
    with pytest.raises(BadUrl) as caught:
        follow(BASE, location)
    assert caught.value.what.startswith(what)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "loopback"),
        ("127.9.9.9", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::127.0.0.1", "loopback"),
        ("::ffff:0:127.0.0.1", "loopback"),
        ("64:ff9b::7f00:1", "loopback"),
        ("64:ff9b:1::7f00:1", "loopback"),
        ("64:ff9b:1:a9fe:a9:fe00::", "link-local"),
        ("64:ff9b:1:7f00:0:100:808:808", "loopback"),
        ("64:ff9b:1:808:8:800:7f00:1", "loopback"),
        ("64:ff9b:1::", "unspecified"),
        ("2002:7f00:1::", "loopback"),
        ("2001:0:7f00:1::", "loopback"),
        ("2001:0:808:808::8000:fffe", "loopback"),
        ("fd00::5efe:127.0.0.1", "loopback"),
        ("169.254.169.254", "link-local"),
        ("169.254.0.1", "link-local"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("febf::1", "link-local"),
        ("::ffff:169.254.169.254", "link-local"),
        ("64:ff9b::a9fe:a9fe", "link-local"),
        ("2002:a9fe:a9fe::1", "link-local"),
        ("0.0.0.0", "unspecified"),
        ("0.1.2.3", "unspecified"),
        ("::", "unspecified"),
        ("::ffff:0.0.0.0", "unspecified"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.250", "multicast"),
        ("ff02::1", "multicast"),
        ("255.255.255.255", "reserved"),
        ("240.0.0.1", "reserved"),
        ("fd00:c1::a9fe:a9fe", "metadata"),
        ("fd00:ec2::254", "metadata"),
    ],
)
def test_addresses_that_no_model_comes_from(address: str, kind: str) -> None:
    assert kind in refused_address(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "64:ff9b:1:a00:0:100::",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "8.8.8.8",
        "fd00::1",
        "2606:4700::1111",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
        "169.253.255.255",
        "128.0.0.1",
    ],
)
def test_private_networks_and_all_others_may_be_asked(address: str) -> None:
    assert refused_address(ip_address(address)) == ""
