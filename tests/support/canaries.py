"""Secrets that are looked for in everything that comes out, in every form that somebody could read."""

import base64
import html
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

LONG = {
    "PLAIN": "canary-plain-7f3k9d2m",
    "LINES": "canary-line-one-x4\ncanary-line-two-y9\n",
    "QUOTES": 'canary "quoted" it\'s \\ z8',
    "UNICODE": "canary-pässwörd-日本語",
}
SHORT = {"SHORT": "q7Z"}
ALL = {**LONG, **SHORT}


def forms(secret: str) -> Iterator[str]:
    """What a person could make the secret of; not by the code that takes secrets out."""
    yield secret
    yield from (line for line in secret.splitlines() if len(line) > 3)
    for ascii_only in (True, False):
        yield json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        yield json.dumps(json.dumps(secret, ensure_ascii=ascii_only))[3:-3]
    yield from (html.escape(secret), secret.encode().hex(":"), "".join(secret.split()))
    yield from (
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        repr(secret)[1:-1],
        secret.encode().hex(),
    )
    if len(secret) > 7:
        for before in ("", "x", "xy"):
            packed = base64.b64encode((before + secret).encode()).decode().rstrip("=")[4:-2]
            yield packed
            yield packed.translate(str.maketrans("+/", "-_"))


def found(text: str, secrets: Iterable[str] = ALL.values()) -> list[str]:
    """The forms of secrets that stand in a text."""
    dense = "".join(text.split())
    return [
        form
        for secret in secrets
        for form in forms(secret)
        if form in text or (len(form) > 7 and form in dense)
    ]


SPEAKING = '''\
import base64
import html
import json
import os
import sys
from urllib.parse import quote

import triton_python_backend_utils as pb

WAYS = (
    str,
    json.dumps,
    lambda text: json.dumps({"message": json.dumps({"key": text}, ensure_ascii=False)}),
    lambda text: "https://x/?key=" + quote(text, safe=""),
    lambda text: base64.b64encode(b"key=" + text.encode() + b";").decode(),
    lambda text: base64.urlsafe_b64encode(b"k:" + text.encode() + b";").decode(),
    lambda text: base64.encodebytes(b"a" * 50 + text.encode() + b"b" * 50).decode(),
    repr,
    lambda text: repr(text.encode()),
    html.escape,
    lambda text: text.encode().hex(":"),
    lambda text: "".join("%%%02x" % byte for byte in text.encode()),
    lambda text: " ".join(text.split()),
)


def words():
    """Every secret that was asked for, in every way."""
    names = os.environ["WHICH"].split(".")
    return "\\n".join(way(os.environb[name.encode()].decode()) for name in names for way in WAYS)


class TritonPythonModel:
    def initialize(self, args):
        for stream in (sys.stdout, sys.stderr):
            stream.buffer.write(words().encode() + b"\\n")
            stream.flush()
        if os.environ["MODE"] == "load":
            raise RuntimeError("cannot log in with " + words())

    def execute(self, requests):
        return [pb.InferenceResponse(error=pb.TritonError("no access with " + words())) for _ in requests]
'''
"""A model that tells its secrets: when it is loaded, and when it is asked."""
