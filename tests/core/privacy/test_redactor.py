"""Law 8: what others say may repeat a secret in many ways; what is left of it holds it in none of them."""

import base64
import html
import json
import re
import shlex
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.core.model.temporary_causes import passes_by_itself
from reconciler.core.privacy.redactor import (
    LONGEST_TEXT,
    SHORTEST_SECRET,
    WITHHELD,
    WITHHELD_LONG,
    Redactor,
    without_controls,
    without_credentials,
)
from reconciler.core.privacy.unescaping import pieces_of, unescaped
from tests.support.examples import examples

SHOWN = "(not shown)"
SECRETS = {
    "plain": "correct-horse-battery-staple",
    "with quotes": 'it\'s "quoted" \\ and /slashed/ + more',
    "unicode": "pässwörd-日本-🔑-x",
    "lines": "first line of it\nsecond line\r\n  third, indented\n",
    "a key": "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nBAQEFAASCBKcw\n-----END KEY-----\n",
    "of 8": "a1B2c3D4",
    "controls": "correct\x01horse\x1b-battery\r\x85staple",
}

Way = Callable[[str], str]


def packed(text: str, before: str = "", alphabet: Callable[[bytes], bytes] = base64.b64encode) -> str:
    return alphabet(f"{before}{text}, and more".encode()).decode()


def escaped(text: str, times: int) -> str:
    for _ in range(times):
        text = json.dumps(text)
    return text


def upper(found: re.Match[str]) -> str:
    return f"\\u{found[1].upper()}"


def lower(found: re.Match[str]) -> str:
    return found[0].lower()


WAYS: dict[str, Way] = {
    "plain": str,
    "in a sentence": lambda text: f"cannot log in with {text}: denied",
    "twice": lambda text: f"{text}{text}",
    "as JSON": lambda text: json.dumps({"token": text}),
    "as JSON in unicode": lambda text: json.dumps({"token": text}, ensure_ascii=False),
    "as JSON in JSON": lambda text: json.dumps({"message": json.dumps({"token": text})}),
    "as JSON of JavaScript": lambda text: json.dumps(text).replace("/", "\\/"),
    "in upper escapes": lambda text: re.sub(r"\\u(....)", upper, json.dumps(text)),
    "escaped by five logs": lambda text: escaped(text, 5),
    "by Python": lambda text: repr(text),
    "by Python in ASCII": lambda text: ascii({"token": text}),
    "in a URL": lambda text: f"https://x/?a={quote(text, safe='')}",
    "in a path": lambda text: f"https://x/{quote(text)}/b",
    "in a form": lambda text: f"a={quote_plus(text)}&b=1",
    "in a URL in small letters": lambda text: re.sub("%..", lower, quote(text, safe="")),
    "in HTML": html.escape,
    "in Base64": lambda text: base64.b64encode(text.encode()).decode(),
    "in Base64 after one": lambda text: packed(text, "x"),
    "in Base64 after two": lambda text: packed(text, "xy"),
    "in Base64 after three": lambda text: packed(text, "xyz"),
    "in Base64 of URLs": lambda text: packed(text, "x?", base64.urlsafe_b64encode),
    "in lines of Base64": lambda text: base64.encodebytes(f"{'a' * 50}{text}{'b' * 50}".encode()).decode(),
    "in words of Base64": lambda text: (
        base64.encodebytes(f"{'a' * 50}{text}".encode()).decode().replace("\n", " ")
    ),
    "in hexadecimal": lambda text: text.encode().hex(),
    "in hexadecimal with colons": lambda text: text.encode().hex(":").upper(),
    "in a list of hexadecimal": lambda text: str([f"{byte:#04x}" for byte in text.encode()]),
    "in Base64 in JSON": lambda text: json.dumps(
        base64.encodebytes(f"{'a' * 50}{text}{'b' * 50}".encode()).decode()
    ),
    "in Base64 in lines of Windows": lambda text: repr(
        base64.encodebytes(text.encode() * 3).replace(b"\n", b"\r\n")
    ),
    "in HTML of templates": lambda text: html.escape(text).replace("&#x27;", "&#39;"),
    "in HTML by numbers": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "in HTML twice": lambda text: html.escape(html.escape(text)),
    "in a URL byte by byte": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "in a URL twice": lambda text: quote(quote(text, safe=""), safe=""),
    "in JSON letter by letter": lambda text: (
        "".join(f"\\u{ord(c):04x}" for c in text if ord(c) < 65536) + json.dumps(text)
    ),
    "as bytes of Python": lambda text: repr(text.encode()),
    "byte by byte of Python": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "in octal": lambda text: "".join(f"\\{byte:03o}" if byte > 126 else chr(byte) for byte in text.encode()),
    "letter by letter": lambda text: "\n".join(text),
    "with letters that are not seen": lambda text: "\u200b".join(text),
    "with white space of printers": lambda text: "\u3000".join(text),
    "with thin spaces and new lines": lambda text: "\u2009\u2028".join(text),
    "with signs of formulas that are not seen": lambda text: "\u2062\u2063".join(text),
    "with tags that are not seen": lambda text: "\U000e0041\u202f\ufe0f\U000e0100".join(text),
    "in quotes of a shell": lambda text: "'" + text.replace("'", "'\\''") + "'",
    "in quotes by Python for a shell": shlex.quote,
    "in quotes for a shell in JSON": lambda text: json.dumps(shlex.quote(text)),
    "with its white space gone": lambda text: " ".join(text.split()),
    "in capitals": str.upper,
    "with control characters": lambda text: f"\x1b[31m{text}\x1b[0m\x07",
}


def traces(secret: str, told: str, size: int = 6) -> list[str]:
    """Pieces of a secret that can be read in a text."""
    dense = "".join(told.split())
    pieces = {secret[at : at + size] for at in range(len(secret) - size + 1)}
    packed = base64.b64encode(secret.encode()).decode()
    return [piece for piece in pieces if piece.strip() == piece and piece in told] + [
        packed[4:-4] for _ in [0] if len(packed) > 16 and packed[4:-4] in dense
    ]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", SECRETS)
def test_it_is_found_in_every_form(kind: str, way: str) -> None:
    secret = SECRETS[kind]
    told = Redactor({secret, "another-secret-of-this"}).text(WAYS[way](secret))
    assert SHOWN in told
    assert traces(secret, told) == []


@pytest.mark.parametrize("kind", ["lines", "a key"])
def test_lines_of_it_are_found_alone(kind: str) -> None:
    redactor = Redactor({SECRETS[kind]})
    for line in SECRETS[kind].splitlines():
        assert redactor.text(f"log: {line.strip()} | end") == f"log: {SHOWN} | end"


@pytest.mark.parametrize("cut", ["", "…", "...", '"', "\n", " "])
def test_what_was_cut_in_the_middle_of_it_is_found(cut: str) -> None:
    """Services and logs cut what is long."""
    secret = SECRETS["plain"]
    redactor = Redactor({secret})
    for length in range(SHORTEST_SECRET, len(secret)):
        assert redactor.text(f"cannot use {secret[:length]}{cut}") == f"cannot use {SHOWN}{cut}"
        assert redactor.text(f"{cut}{secret[-length:]} is wrong") == f"{cut}{SHOWN} is wrong"


SHORT_ONES = ["abc", "q7!", "a'b", 'a"b', "é日x", "1234567", "x\ny", "a     b"]


@pytest.mark.parametrize("secret", SHORT_ONES)
@pytest.mark.parametrize("way", sorted(WAYS.keys() - {"in capitals"}))
def test_a_message_with_a_short_one_is_withheld_whole(secret: str, way: str) -> None:
    assert len(secret) < SHORTEST_SECRET
    told = Redactor({secret}).text(f"do not tell: {WAYS[way](secret)}, whatever it is")
    assert told == WITHHELD


@pytest.mark.parametrize(
    "secret", ["a      b", " x\n\n\n\n\n\n\ny ", "abc" + 8 * "\u200b", "\t\t\t\t\t\tq7!"]
)
def test_one_that_is_short_but_for_white_space_is_a_short_one(secret: str) -> None:
    assert len(secret) >= SHORTEST_SECRET
    assert Redactor({secret}).text(f"do not tell: {secret}, whatever it is") == WITHHELD


def test_what_is_decided_by_a_message_is_decided_the_same() -> None:
    """A cause that passes by itself is known by the service's words."""
    told = Redactor({"abc"}).text("Out of host capacity, says abc")
    assert told == f"{WITHHELD} Out of host capacity"
    assert passes_by_itself(told)


def test_what_holds_no_secret_stays_as_it_is() -> None:
    redactor = Redactor({*SECRETS.values(), "xyz", "", "  "})
    text = 'ACTIVE: "all is well", 100% of 7/7\n\tanother line: correct horse, line two'
    assert redactor.text(text) == text


def test_control_characters_go_and_lines_stay() -> None:
    text = "a\x00b\x1b]0;title\x07c\rd\ne\tf\x7f\x9bg\u202eh\u2066i"
    assert Redactor(()).text(text) == "ab]0;titlecd\ne\tfghi"
    assert Redactor(()).value(text) == "ab]0;titlecd\ne\tfghi"


def test_control_characters_do_not_hide_it() -> None:
    secret = SECRETS["plain"]
    assert Redactor({secret}).text("\x00".join(secret)) == SHOWN
    assert Redactor({"\x1bcorrect\x00-horse"}).text("a correct-horse") == f"a {SHOWN}"


def test_a_value_such_as_a_name_loses_whole_secrets_alone() -> None:
    """A name holds pieces and short ones by chance; if it went for that, it would tell them."""
    redactor = Redactor({SECRETS["plain"], "1.0"})
    assert redactor.value(f"--token={SECRETS['plain']}") == f"--token={SHOWN}"
    assert redactor.value("correct-horse") == "correct-horse"
    assert redactor.value("triton:1.0") == "triton:1.0"


def test_of_two_that_overlap_nothing_is_left() -> None:
    redactor = Redactor({"correct-horse-battery", "battery-staple-clip"})
    told = redactor.text("it is correct-horse-battery-staple-clip!")
    assert told == f"it is {SHOWN}!"


def test_a_long_text_with_one_is_withheld_whole() -> None:
    """It would take gigabytes to say where."""
    redactor = Redactor({"aaaaaaaa"})
    assert redactor.text("a" * (LONGEST_TEXT + 1)) == WITHHELD_LONG
    assert redactor.text("b" * (LONGEST_TEXT + 1)) == "b" * (LONGEST_TEXT + 1)


def test_it_costs_little() -> None:
    many = Redactor({f"secret-number-{number}-{number**2}" for number in range(2000)})
    began = time.thread_time()
    many.text("nothing of it is in here; " * 20_000)
    many.text("secret-number-" * 5_000)
    assert time.thread_time() - began < 5


@settings(max_examples=examples(100))
@given(st.text(min_size=1, max_size=40), st.text(max_size=60), st.sampled_from(sorted(WAYS)))
def test_any_secret_in_any_form_is_gone(secret: str, around: str, way: str) -> None:
    redactor = Redactor({secret})
    told = redactor.text(f"{around}{WAYS[way](secret)}{around}")
    clear = without_controls(secret)
    if len(clear.strip()) >= 3 and clear not in SHOWN and clear not in WITHHELD and clear not in around * 2:
        assert clear not in told


BEGINNINGS = ["\\", "u", "U", "x", "0", "3", "7", "9", "a", "F", "&", "#", "X", ";", "%", "lt", "é"]


@given(st.lists(st.sampled_from(BEGINNINGS), max_size=16).map("".join))
@example("\\U")
@example("\\u and no digits, \\x, &#x; and %")
def test_what_only_begins_like_an_escape_is_text(text: str) -> None:
    """Whatever it is, it has a meaning, and its pieces are all of it."""
    pieces = list(pieces_of(text))
    assert "".join(text[piece.start : piece.stop] for piece in pieces) == text
    assert "".join(piece.text for piece in pieces) == unescaped(text)


@pytest.mark.parametrize(("text", "meaning"), [("\\U", "U"), ("\\u12", "u12"), ("\\x", "x"), ("\\n", "\n")])
def test_an_escape_without_its_digits_is_its_letter(text: str, meaning: str) -> None:
    assert unescaped(text) == meaning


CREDENTIALS = {
    "hf_" + "x" * 34: SHOWN,
    "sk-" + "x" * 40: SHOWN,
    "ghp_" + "x" * 36: SHOWN,
    "AKIA" + "A" * 16: SHOWN,
    "postgres://me:not-told@h/db": f"postgres://{SHOWN}@h/db",
    "-----BEGIN PRIVATE KEY-----\nMIIx\n-----END PRIVATE KEY-----": SHOWN,
}


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_what_has_the_form_of_a_credential_goes_whoevers_it_is(credential: str) -> None:
    shown = CREDENTIALS[credential]
    for redactor in (Redactor(()), Redactor(("another-secret",))):
        for told in (redactor.text, redactor.value):
            assert told(f"with {credential} and more") == f"with {shown} and more"
            assert told(f"another-secret {credential}").endswith(shown)
    assert without_credentials(f"two: {credential}, {credential}") == f"two: {shown}, {shown}"


def test_of_a_private_key_that_is_cut_nothing_is_left() -> None:
    assert without_credentials("key: -----BEGIN RSA PRIVATE KEY-----\nMIIx\nabc") == f"key: {SHOWN}"
