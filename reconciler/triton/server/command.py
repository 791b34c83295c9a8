"""The words of a container's command, read as tritonserver reads them.

It uses `getopt_long`: `--name=value` and `--name value`, and the beginning of a name where it is that of one
option only. All of this was tried on 2.51.0, and a test asks the real binary again.

A command that does not plainly run tritonserver (a script, `sh -c`, `mpirun`) is unknown. NVIDIA's own entry
script counts as plain, because it runs the words behind it as they are.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from reconciler.triton.server.options import OPTIONS, RELEASE, Takes

ENTRY_SCRIPT = "nvidia_entrypoint.sh"
PROGRAM = "tritonserver"

ON = ("true", "1")
BOOLEANS = (*ON, "false", "0")

SPLIT = "Write each word of the command as an item of the list."

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")


@dataclass(frozen=True, slots=True)
class Option:
    """An option by its full name, without dashes. `word` is the index of the word that names it."""

    name: str
    value: str
    word: int


@dataclass(frozen=True, slots=True)
class RefusedWord:
    """A word that tritonserver refuses, by its index. `unknown` is the name of an option that another release
    may know.
    """

    word: int
    what: str
    advice: str = ""
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class ServerCommand:
    """The options of a command that runs tritonserver, in their order, and the words that it refuses."""

    options: tuple[Option, ...]
    refused: tuple[RefusedWord, ...] = ()

    def given(self, *names: str) -> tuple[Option, ...]:
        """The options of these names."""
        return tuple(option for option in self.options if option.name in names)

    def value(self, name: str, default: str) -> str:
        """The value of an option; the last one counts."""
        return (Option(name, default, -1), *self.given(name))[-1].value

    def is_on(self, name: str, default: bool) -> bool:
        """The value of an option that takes a boolean, or nothing."""
        return self.value(name, str(default)).lower() in ON


def read_command(words: Sequence[str]) -> ServerCommand | None:
    """What these words give tritonserver; None when they do not plainly run it."""
    start = int(bool(words) and PurePosixPath(words[0]).name == ENTRY_SCRIPT)
    if len(words) <= start or PurePosixPath(words[start].partition(" ")[0]).name != PROGRAM:
        return None
    if " " in words[start]:
        what = f"{words[start]!r} is one word, so a program of that name would be started"
        return ServerCommand((), (RefusedWord(start, what, SPLIT),))
    read = list(_read(words, start + 1))
    return ServerCommand(
        tuple(item for item in read if isinstance(item, Option)),
        tuple(item for item in read if isinstance(item, RefusedWord)),
    )


def _read(words: Sequence[str], start: int) -> Iterator[Option | RefusedWord]:
    index = start
    while index < len(words):
        at, word = index, words[index]
        index += 1
        if not word.startswith("--") or word == "--":
            what = f"{word!r} is no option of tritonserver: its options begin with two dashes"
            yield RefusedWord(at, what, "Write two dashes." if word.startswith("-") else SPLIT)
            continue
        written, equals, value = word[2:].partition("=")
        names = _named(written)
        if len(names) != 1:
            yield _not_one(written, names, at)
            index += not equals and index < len(words) and not words[index].startswith("-")
            continue
        takes = OPTIONS[names[0]]
        if takes is not Takes.NOTHING and not equals:
            if index == len(words):
                yield RefusedWord(at, f"--{names[0]} takes a value, and none follows")
                return
            value = words[index]
            index += 1
        yield _with_value(names[0], takes, value, bool(equals), at)


def _named(written: str) -> list[str]:
    """The options whose name this is, or begins with this."""
    return (
        [written]
        if written in OPTIONS
        else [name for name in OPTIONS if written and name.startswith(written)]
    )


def _not_one(written: str, names: Sequence[str], at: int) -> RefusedWord:
    if names:
        options = ", ".join(f"--{name}" for name in sorted(names))
        return RefusedWord(
            at, f"--{written} is the beginning of several options: {options}", "Write its whole name."
        )
    return RefusedWord(at, f"tritonserver {RELEASE} has no option --{written}", unknown=written)


def _with_value(name: str, takes: Takes, value: str, equals: bool, at: int) -> Option | RefusedWord:
    match takes:
        case Takes.NOTHING if equals:
            return RefusedWord(at, f"--{name} takes no value", "Leave out the value.")
        case Takes.NOTHING:
            return Option(name, ON[0], at)
        case Takes.BOOLEAN if value.lower() not in BOOLEANS:
            return RefusedWord(at, f"--{name} is one of {', '.join(BOOLEANS)}, not {value!r}")
        case Takes.INTEGER if not _WHOLE_NUMBER.fullmatch(value):
            return RefusedWord(at, f"--{name} is a whole number, not {value!r}")
    return Option(name, value, at)
