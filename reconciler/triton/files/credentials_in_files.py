"""Finds private keys and credentials in files that would be packed, by their content: in small files, and in
the beginning of larger ones. No message ever quotes one.

A text that only mentions a key is not one: the key's own letters must follow. Credentials in the text of
manifests are found by `core.privacy.credential_patterns`.
"""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import PurePath
from typing import NamedTuple

from reconciler.core.model.findings import Finding, Location
from reconciler.core.privacy.credential_patterns import may_be_secret, names_a_secret, tokens_in

SEARCHED = 64 * 1024
"""Bytes of the largest file that is searched as a whole; keys and settings have a few thousand."""

HEAD = 4 * 1024
"""Bytes of a larger file that are searched for private keys."""

CREDENTIAL_ADVICE = (
    "Everybody who can read the model in the catalog could use it: revoke it, remove it from the model, and "
    "hand the new one over in spec.server.env, as {{ env.NAME }}."
)


class CredentialFound(NamedTuple):
    """The kind of a credential, and at which byte of the text in UTF-8 it starts."""

    kind: str
    start: int


_KEY = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr])+"
    rb"(?:[A-Z][A-Za-z-]*: [^\r\n\\]{0,200}(?:\s|\\[nr])+){0,8}[A-Za-z0-9+/=]{16}"
    rb"|---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\s"
    rb"|^PuTTY-User-Key-File-[0-9]+: \S"
    rb"|\bAGE-SECRET-KEY-1[A-Z0-9]{50}",
    re.M,
)
_DER = re.compile(  # RFC 8017 (RSA), RFC 5208 (PKCS#8), RFC 5915 (EC)
    rb"\x30(?:\x82..|\x81.|[\x20-\x7f])\x02\x01"
    rb"(?:\x00(?:\x02\x82|\x02\x81|\x30.\x06.)|\x01\x04[\x1c-\x42])",
    re.S,
)
_STORES = {".p12": b"\x30", ".pfx": b"\x30", ".jks": b"\xfe\xed\xfe\xed", ".keystore": b"\xfe\xed\xfe\xed"}


class _Pattern(NamedTuple):
    """How a kind of credential is written. `hint` (in small letters) and `beside` must be in the file too.
    The group `secret` is the part that may be a placeholder; without that group, it is all of it.
    """

    kind: str
    hint: bytes
    form: re.Pattern[bytes]
    beside: re.Pattern[bytes] | None = None


def _pattern(kind: str, hint: bytes, form: bytes, beside: bytes | None = None) -> _Pattern:
    return _Pattern(kind, hint, re.compile(form, re.M), re.compile(beside, re.M) if beside else None)


_GIT, _KUBERNETES = "a git credential", "a credential of Kubernetes"
_PATTERNS = (
    _pattern(
        "a private key (JWK)", b'"kty"', rb'"d"\s*:\s*"[A-Za-z0-9_-]{20,}"', rb'"kty"\s*:\s*"(?:RSA|EC|OKP)"'
    ),
    _pattern(_GIT, b"@", rb"^[a-z]+://[^\s/:@]*:(?P<secret>[^\s/@]+)@[^\s/]+/?[ \t\r]*$"),
    _pattern(_GIT, b"url", rb"^[ \t]*url\s*=\s*[a-z]+://[^\s/:@]*:(?P<secret>[^\s/@]+)@"),
    _pattern(
        _GIT, b"extraheader", rb"(?i)^[ \t]*extraheader\s*=\s*\"?\s*[a-z-]*(?:authorization|token)\s*:\s*\S"
    ),
    _pattern(
        _GIT,
        b"[credential",
        rb"^[ \t]*\[credential(?:[ \t]+\"[^\"\n]*\")?\][ \t\r]*\n(?:(?![ \t]*\[)[^\n]*\n)*?"
        rb"(?![ \t]*\[)[^\n]*\bpassword\s*=\s*[\"']?(?P<secret>[^\s\"';]+)",
    ),
    _pattern(
        "a credential of .netrc",
        b"password",
        rb"^[ \t]*(?:machine\s+\S+|default)\s+login\s+\S+\s+password\s+\S",
    ),
    _pattern("a token of npm", b"_", rb"^[ \t]*(?://\S+:)?_(?:authToken|auth|password)\s*=\s*(?!\$)\S{8}"),
    _pattern(
        "a password of .pypirc",
        b"pypi]",
        rb"^[ \t]*password\s*[=:]\s*\S",
        rb"^\[(?:pypi|testpypi)\]",
    ),
    _pattern(
        "an AWS secret key",
        b"aws_secret_access_key",
        rb"(?i)\baws_secret_access_key\W{1,4}[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])",
    ),
    _pattern(
        "a credential of a container registry",
        b'"auths"',
        rb'"(?:auth|identitytoken|password)"\s*:\s*"[^"\s]{8,}"',
        rb'"auths"\s*:\s*\{',
    ),
    _pattern("a key of Kubernetes", b"client-key-data", rb"^[ \t-]*client-key-data:\s*[A-Za-z0-9+/=]{20}"),
    _pattern(_KUBERNETES, b"kind:", rb"^[ \t-]*(?:token|password):\s*\S{8}", rb"^kind:\s*Config\b"),
    _pattern(
        "an OCI configuration with its key",
        b"fingerprint",
        rb"^[ \t]*key_file\s*=\s*\S",
        rb"^[ \t]*fingerprint\s*=\s*(?:\w\w:){15}",
    ),
)
_KEY_HINTS = (b"PRIVATE KEY", b"PuTTY-", b"AGE-SECRET")
_SETTING = re.compile(rb"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=[ \t]*[\"']?([^\s\"'#]{8,})", re.M)
_ENV = re.compile(r"\.env(?:\.(?!example|sample|template).*)?", re.I)
_PLACEHOLDER = re.compile(r"[$<{]|your[-_]|change|x{4}|\*{4}|^(?:pass(?:word|wd)?|secret|token)$", re.I)
_DISTINCT = 10
"""Different letters that a real token has at least; `hf_xxxxxxxx…` is only an example."""


def credential_in(data: bytes, size: int, name: str) -> CredentialFound | None:
    """The first credential in a file of `size` bytes; `data` are its first `SEARCHED` bytes, or all."""
    text = _utf_8(data)
    if size > SEARCHED:
        return next(_keys(text[:HEAD]), None)
    searches = chain(_keys(text), _forms(text), _tokens(text), _by_name(text, PurePath(name).name))
    return next(searches, None)


def finding_in(data: bytes, size: int, path: str) -> Finding | None:
    """The first credential as a finding, with its place."""
    credential = credential_in(data, size, path)
    if credential is None:
        return None
    before = _utf_8(data)[: credential.start]
    place = Location(path, before.count(b"\n") + 1, len(before) - before.rfind(b"\n"))
    return Finding(place, f"holds {credential.kind}", CREDENTIAL_ADVICE)


def _utf_8(data: bytes) -> bytes:
    """The text as UTF-8, when it is UTF-16."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace").encode()
    return data


def _keys(data: bytes) -> Iterator[CredentialFound]:
    if any(hint in data for hint in _KEY_HINTS) and (match := _KEY.search(data)):
        yield CredentialFound("a private key", match.start())
    if _DER.match(data):
        yield CredentialFound("a private key (DER)", 0)


def _forms(data: bytes) -> Iterator[CredentialFound]:
    small = data.lower()
    for kind, hint, form, beside in _PATTERNS:
        match = form.search(data) if hint in small and (beside is None or beside.search(data)) else None
        if match and not _PLACEHOLDER.search(_text(match["secret" if form.groupindex else 0])):
            yield CredentialFound(kind, _start(match))


def _tokens(data: bytes) -> Iterator[CredentialFound]:
    for kind, start, token in tokens_in(_text(data)):
        if len(set(token)) >= _DISTINCT and not token.endswith("EXAMPLE"):
            yield CredentialFound(kind, start)


def _by_name(data: bytes, name: str) -> Iterator[CredentialFound]:
    beginning = _STORES.get(PurePath(name).suffix.lower())
    if beginning and data.startswith(beginning):
        yield CredentialFound("a store of keys", 0)
    for setting in _SETTING.finditer(data) if _ENV.fullmatch(name) else ():
        key, value = _text(setting[1]), _text(setting[2])
        if names_a_secret(key) and may_be_secret(value) and not _PLACEHOLDER.search(value):
            yield CredentialFound("a secret of .env", _start(setting))


def _text(data: bytes) -> str:
    """One letter for each byte, so that places stay the same."""
    return data.decode("latin-1")


def _start(match: re.Match[bytes]) -> int:
    """The start of a match, without the white space before it."""
    return match.start() + len(match[0]) - len(match[0].lstrip())
