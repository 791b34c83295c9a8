"""Credentials in plain sight: what has the form of one in a file that goes into git, or in words of others.
None of them is ever quoted.
"""

import re
from collections.abc import Iterator
from itertools import islice

from reconciler.core.model.findings import Finding
from reconciler.core.model.text import location_at

_REVOKE = "Anyone who reads the repository can use it: revoke it, and"
SIGN_IN_INSTEAD = f"{_REVOKE} sign in by a target's `auth`; settings hold no secrets."
MOVE_TO_ENV = f"{_REVOKE} hand the new one over in spec.server.env, as {{{{ env.NAME }}}}."

_SHAPES: tuple[tuple[str, str], ...] = (
    ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    ("an AWS access key", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    ("a Google API key", r"\bAIza[A-Za-z0-9_-]{35}"),
    ("a Google OAuth secret", r"\bGOCSPX-[A-Za-z0-9_-]{20,}"),
    ("a GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})"),
    ("a Hugging Face token", r"\bhf_[A-Za-z0-9]{30,}"),
    ("an NVIDIA NGC key", r"\bnvapi-[A-Za-z0-9_-]{40,}"),
    ("an API key (sk-…)", r"\bsk-[A-Za-z0-9_-]{32,}"),
    ("a password in a URL", r"\b(?i:[a-z][a-z0-9+.-]*)://[^/\s:@'\"{}]*:[^/\s:@'\"{}]+@"),
)
_ANY = re.compile("|".join(f"(?P<s{number}>{pattern})" for number, (_, pattern) in enumerate(_SHAPES)))
_TOKEN_HINTS = (
    "AKIA",
    "ASIA",
    "AIza",
    "GOCSPX-",
    "_pat_",
    *(f"gh{kind}_" for kind in "pousr"),
    "hf_",
    "nvapi-",
    "sk-",
)
_SAID_OFTEN = ("a private key", "a password in a URL")
"""Kinds that documents often mention as examples."""

# One plain search first: most files hold none of these, and the alternatives above cost ten times as much.
_HINTS = ("PRIVATE KEY", "AKIA", "ASIA", "AIza", "GOCSPX-", "gh", "hf_", "nvapi-", "sk-", "@")

_SECRET_NAME = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|APIKEY|(?:API|ACCESS|PRIVATE|SIGNING)_KEY)(?:_|$)",
    re.I,
)
_ABOUT_A_SECRET = re.compile(
    r"_(?:FILE|PATH|DIR|NAME|OCID|ID|URL|URI|LENGTH|LIMIT|TTL|COUNT|SIZE|TYPE)$", re.I
)
_HARMLESS_VALUE = re.compile(r"(?:true|false|[0-9.]*)", re.I)


MOST_CREDENTIALS = 1_000
"""Credentials of one file that are looked for: to find the line of each takes time."""


def credentials_in(text: str, path: str, advice: str) -> Iterator[Finding]:
    """What in a file has the form of a credential, comments included."""
    if not any(hint in text for hint in _HINTS):
        return
    for match in islice(_ANY.finditer(text), MOST_CREDENTIALS):
        where = location_at(text, match.start(), path)
        yield Finding(where, f"{_kind(match)} stands here in plain sight", advice)


def tokens_in(text: str) -> Iterator[tuple[str, int, str]]:
    """What has the form of a service's token: its kind, where it begins, and the token. None stands in a
    document by chance, as a URL with a password may.
    """
    if any(hint in text for hint in _TOKEN_HINTS):
        for match in _ANY.finditer(text):
            if _kind(match) not in _SAID_OFTEN:
                yield _kind(match), match.start(), match[0]


def credential_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where a text has what has the form of a credential: from, and up to but not including. Of a URL that is
    what stands before the host, and of a private key all of it.
    """
    if not any(hint in text for hint in _HINTS):
        return
    for match in _ANY.finditer(text):
        start, stop = match.span()
        if _kind(match) == "a password in a URL":
            yield text.index("://", start) + len("://"), stop - 1
        elif _kind(match) == "a private key":
            end = _END_OF_KEY.search(text, stop)
            yield start, end.end() if end else len(text)
        else:
            yield start, stop


_END_OF_KEY = re.compile(r"-----END [A-Z ]*PRIVATE KEY-----")


def is_credential(text: str) -> bool:
    """Has the text, or a part of it, the form of a credential?"""
    return _ANY.search(text) is not None


def names_a_secret(name: str) -> bool:
    """Is this environment variable one that holds a secret, going by its name?"""
    return _SECRET_NAME.search(name) is not None and not _ABOUT_A_SECRET.search(name)


def looks_secret(variable: str) -> bool:
    """Whether the value of this environment variable is masked wherever it would be shown: more names than
    `names_a_secret` has, for here a mistake costs nothing.
    """
    return any(word in variable.upper() for word in SECRET_WORDS)


SECRET_WORDS = (
    "PASSWORD",
    "PASSWD",
    "SECRET",
    "TOKEN",
    "CREDENTIAL",
    "PRIVATE",
    "PASSPHRASE",
    "_KEY",
    "APIKEY",
)


def may_be_secret(value: str) -> bool:
    """Could this be the value of a secret? Switches and numbers are none."""
    return not _HARMLESS_VALUE.fullmatch(value)


def _kind(match: re.Match[str]) -> str:
    return _SHAPES[int((match.lastgroup or "s0")[1:])][0]
