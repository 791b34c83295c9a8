"""What is wrong with a command that runs tritonserver, beside the model repository that it is to serve.

Each rule was tried on 2.51.0; `tests/triton/server/test_check.py` asks the real server again.
"""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from reconciler.core.model.findings import Severity
from reconciler.core.model.text import nearest
from reconciler.triton.server.command import Option, RefusedWord, ServerCommand, read_command
from reconciler.triton.server.options import OPTIONS

MOUNT = "/opt/ds/model/deployed_model"
"""Where the service unpacks the artifact (docs/service.md §4.1)."""

HTTP_PORT = "8000"
MODES = ("none", "poll", "explicit")
EVERY = "*"


@dataclass(frozen=True, slots=True)
class CommandFault:
    """One thing that is wrong. `word` is the index of the word at fault; None when a word is missing."""

    word: int | None
    what: str
    advice: str
    severity: Severity = Severity.ERROR


def check_command(
    command: ServerCommand,
    port: int,
    health_port: int | None,
    models: Mapping[str, bool] | None,
    *,
    anywhere: bool = False,
) -> Iterator[CommandFault]:
    """`port` and `health_port` are where the service asks. `models` says of each model of the repository
    whether it has a configuration; None when the repository is not known. With `anywhere` any place of it is
    taken: where the members of a model group lie is unverified (docs/service.md §1.5), and in an artifact of
    somebody else it may be a folder.
    """
    yield from map(_refused, command.refused)
    if any(not refused.unknown for refused in command.refused):
        return  # What the options mean is not known then.
    yield from _ports(command, port, health_port)
    yield from _repositories(command, anywhere=anywhere)
    yield from _loaded(command, models)
    yield from _configured(command, models or {})
    yield from _hidden(command)


def mode_of(command: ServerCommand) -> str:
    """The model control mode, in small letters."""
    return command.value("model-control-mode", MODES[0]).lower()


def loads_all(words: Sequence[str]) -> bool:
    """Whether these words make tritonserver load every model, by its config.pbtxt. No words are the image's
    own command, which is taken to do so; of one that does not plainly run tritonserver nobody knows.
    """
    command = read_command(words)
    if command is None:
        return not words
    every = [option.value for option in command.given("load-model")] == [EVERY]
    return (mode_of(command) != "explicit" or every) and not command.given("model-config-name")


def _refused(refused: RefusedWord) -> CommandFault:
    if not refused.unknown:
        return CommandFault(refused.word, refused.what, refused.advice)
    # Nearer than `nearest` asks for: an option of a newer release may resemble one that is known.
    near = get_close_matches(refused.unknown, OPTIONS, n=1, cutoff=0.8)
    if near:
        return CommandFault(refused.word, refused.what, f"Did you mean '--{near[0]}'?")
    advice = "An image of another release may know it; one that does not will not start."
    return CommandFault(refused.word, refused.what, advice, Severity.WARNING)


def _ports(command: ServerCommand, port: int, health_port: int | None) -> Iterator[CommandFault]:
    listens = command.value("http-port", HTTP_PORT)
    word = _word(command, "http-port")
    if int(listens) != port:
        what = f"tritonserver listens on {listens}, and the service asks on {port} (port)"
        yield CommandFault(word, what, f"Write --http-port={port}, or port: {listens}.")
    elif health_port not in (None, port):
        what = f"tritonserver listens on {listens}, and the service asks on {health_port} (healthPort)"
        yield CommandFault(word, what, "It tells its health on the same port: leave healthPort out.")
    if not command.is_on("allow-http", True):
        what = "--allow-http turns off the only protocol that the service speaks"
        yield CommandFault(_word(command, "allow-http"), what, "Leave it out.")


def _repositories(command: ServerCommand, *, anywhere: bool) -> Iterator[CommandFault]:
    given = command.given("model-repository", "model-store")
    if not given:
        yield CommandFault(None, "tritonserver gets no model repository", f"Add --model-repository={MOUNT}.")
    for option in given:
        path = posixpath.normpath(option.value)
        if path != MOUNT and not anywhere:
            where = "is not in the artifact" if path.startswith(f"{MOUNT}/") else "is not in what is mounted"
            what = f"the model repository {option.value!r} {where}"
            yield CommandFault(
                option.word, what, f"The models are at the top of the artifact: write {MOUNT}."
            )


def _loaded(command: ServerCommand, models: Mapping[str, bool] | None) -> Iterator[CommandFault]:
    mode, names = mode_of(command), command.given("load-model")
    if mode not in MODES:
        what = f"--model-control-mode is one of {', '.join(MODES)}, not {mode!r}"
        yield CommandFault(_word(command, "model-control-mode"), what, "")
    elif mode != "explicit" and names:
        what = "--load-model goes with --model-control-mode=explicit alone: the server would not start"
        yield CommandFault(
            names[0].word, what, "Add that mode, or leave --load-model out: all models are loaded."
        )
    elif mode == "explicit" and not names:
        what = "in the mode explicit nothing is served without --load-model"
        advice = "Add --load-model=NAME for each model, or --load-model=* for all."
        yield CommandFault(_word(command, "model-control-mode"), what, advice)
    elif len(names) > 1 and EVERY in [option.value for option in names]:
        yield CommandFault(
            names[0].word, "--load-model=* cannot stand beside another --load-model", "Keep one."
        )
    elif models is not None:
        yield from (_absent(option, models) for option in names if option.value not in (EVERY, *models))


def _absent(option: Option, models: Mapping[str, bool]) -> CommandFault:
    advice = nearest(option.value, models) or f"There are: {', '.join(sorted(models))}."
    return CommandFault(option.word, f"--load-model: there is no model {option.value!r}", advice)


def _configured(command: ServerCommand, models: Mapping[str, bool]) -> Iterator[CommandFault]:
    strict = next(
        (
            name
            for name in ("disable-auto-complete-config", "strict-model-config")
            if command.is_on(name, False)
        ),
        None,
    )
    bare = sorted(name for name, configured in models.items() if not configured)
    if strict and bare:
        what = f"with --{strict} a model without a configuration does not load: {', '.join(bare)}"
        yield CommandFault(_word(command, strict), what, "Give each a `config`, or leave the option out.")


def _hidden(command: ServerCommand) -> Iterator[CommandFault]:
    """Tried on 2.51.0 (docs/service.md §4.3): with both, the server is ready though a model is broken. With
    the first alone that depends on what is broken: it may be ready, or never become so.
    """
    told = {
        "exit-on-error": "the server starts although models cannot be loaded",
        "strict-readiness": "the server says that it is ready although models are not",
    }
    for name, so in told.items():
        if not command.is_on(name, True):
            advice = "Leave it out: a broken update may look healthy, or be waited for very long."
            yield CommandFault(_word(command, name), f"--{name}=false: {so}", advice, Severity.DANGER)


def _word(command: ServerCommand, name: str) -> int | None:
    given = command.given(name)
    return given[-1].word if given else None
