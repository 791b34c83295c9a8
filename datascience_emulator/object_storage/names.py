"""The names that buckets and objects may have, and the order of names. Pure.

Names of objects: 1 to 1024 bytes of UTF-8 without NUL, carriage return and line feed (docs.oracle.com,
Content/Object/Tasks/managingobjects.htm#namerequirements). A name is not a path: `..` and `//` have no
meaning.
"""

import re

from datascience_emulator.object_storage.errors import bad
from datascience_emulator.wire.errors import ServiceError

_BUCKET = re.compile(r"[A-Za-z0-9._-]{1,256}")
_MAX_BYTES = 1024
_SURROGATES = range(0xD800, 0xE000)


def check_bucket_name(name: str) -> str:
    """Letters, numbers, hyphens, underscores and periods (SDK, CreateBucketDetails)."""
    if not _BUCKET.fullmatch(name):
        raise bad(
            "InvalidBucketName",
            f"{name!r} is no bucket name: 1 to 256 letters, numbers, hyphens, underscores and periods",
        )
    return name


def check_object_name(name: str) -> str:
    """Names with U+FFFD are refused too: the HTTP server puts it in the place of bytes that are not UTF-8."""
    if not name or set(name) & {"\0", "\r", "\n", "\ufffd"} or len(name.encode()) > _MAX_BYTES:
        raise _not_a_name()
    return name


def _not_a_name() -> ServiceError:
    return bad(
        "InvalidObjectName",
        "An object name is 1 to 1024 bytes of UTF-8, without NUL, carriage return and line feed.",
    )


def past(prefix: str) -> str:
    """The first name after all names that begin with `prefix`, in byte order, which is also the order of
    code points. For an empty prefix, a name after all names.
    """
    while prefix:
        following = ord(prefix[-1]) + 1
        if following in _SURROGATES:
            following = _SURROGATES.stop
        if following <= 0x10FFFF:
            return prefix[:-1] + chr(following)
        prefix = prefix[:-1]
    return LAST


LAST = "\U0010ffff" * (_MAX_BYTES // 4 + 1)


def after(name: str) -> str:
    """The first text that sorts after `name`. No name contains the NUL."""
    return name + "\0"
