"""Finds the reason why Triton did not start in the log of its process.

Triton 2.51 gives it in three places: the table of models (`UNAVAILABLE: …`), lines of severity E, and a last
line `error: creating server: …`, which only says that something failed. It must not read files.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

ROW = re.compile(r"^\| (?P<model>.*?) \| (?P<version>.*?) \| (?P<status>.*?) *\|$")
ERROR = re.compile(r"^E\d{4} [\d:.]+ \d+ (?P<file>\S+?):\d+\] \"?(?P<text>.*?)\"?$")
PROTOBUF = re.compile(r"^\[libprotobuf ERROR [^\]]*\] (?P<text>.*)$")
LAST = re.compile(r"^error: (?:creating server: )?(?P<text>.*)$")
LOADING = re.compile(r'^I\d{4} .*\] "?loading: (?P<model>.*):(?P<version>\d+)"?$')
LOADED = re.compile(r'^I\d{4} .*\] "?successfully loaded \'(?P<model>.*)\'"?$')
OPTION = re.compile(r"^\S*tritonserver: (?P<text>.*)$")
USAGE = "Usage: tritonserver [options]"
# On every machine without a GPU, the log has lines with these words. They explain nothing.
HARMLESS = ("CudaDriverHelper", "unable to create stream for ensemble", "CUDA driver version", "NVML", "DCGM")
UNAVAILABLE = "UNAVAILABLE: "
OWN_LINE = re.compile(r"^[EIW]\d{4} |^[+|]")
WORDS_LINES = 3
TAIL_LINES = 60


def reason(log: str) -> str:
    """Triton's own explanation, as short as it can be; empty when the log has none."""
    lines = log.splitlines()
    models = list(failed_models(lines))
    more = [text for text in errors(lines) if not is_repeated(text, models)]
    return "; ".join(models + more) or wrong_option(lines) or last_word(lines)


def lost_stub(log: str) -> str:
    """A sentence about a stub that ended by itself, with what the shell or the stub wrote."""
    words = [line.strip() for line in log.splitlines() if line.strip() and not OWN_LINE.match(line)]
    output = f": {' '.join(words[-WORDS_LINES:])}" if words else ""
    return (
        f"a stub of Triton's Python backend ended before its model was ready{output} (a crash does this, and "
        "so does a space or a character of the shell in the name of a model or file)"
    )


def still_loading(log: str) -> str:
    """A sentence about models that Triton has begun to load and not done; empty when there are none."""
    lines = log.splitlines()
    done = {match["model"] for match in matches(LOADED, lines)}
    waiting = [match for match in matches(LOADING, lines) if match["model"] not in done]
    names = dict.fromkeys(f"model '{match['model']}' version {match['version']}" for match in waiting)
    return f"still loading: {', '.join(names)}" if names else ""


def tail(log: str) -> str:
    return "\n".join(log.splitlines()[-TAIL_LINES:])


def failed_models(lines: Sequence[str]) -> Iterator[str]:
    for model, version, status in rows(lines):
        if status.startswith(UNAVAILABLE):
            yield f"model '{model}' version {version}: {brief(status.removeprefix(UNAVAILABLE))}"


def rows(lines: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """The rows of the table of models. A status of several lines is written as rows without a model."""
    row: tuple[str, str, str] | None = None
    for match in matches(ROW, lines):
        model, version, status = (match[name].strip() for name in ("model", "version", "status"))
        if not model and not version and row:
            row = (row[0], row[1], f"{row[2]}\n{status}")
            continue
        if row:
            yield row
        row = (model, version, status)
    if row:
        yield row


def errors(lines: Sequence[str]) -> Iterator[str]:
    """Messages of severity E about models, each once, without the trace of Python frames."""
    seen = set()
    for line in lines:
        match = PROTOBUF.match(line) or ERROR.match(line)
        if match is None or any(word in line for word in HARMLESS):
            continue
        text = brief(match["text"].replace("\\n", "\n"))
        if text not in seen:
            seen.add(text)
            yield text


def is_repeated(text: str, models: Sequence[str]) -> bool:
    """Whether an E line only repeats what the table of models says."""
    if models and text.startswith("ERROR: Failed to create instance: "):
        return True
    match = re.match(r"failed to load '(.*)' version (\d+): ", text)
    beginning = f"model '{match[1]}' version {match[2]}:" if match else None
    return beginning is not None and any(line.startswith(beginning) for line in models)


def brief(text: str) -> str:
    """A message without the Python frames that follow it after `At:`."""
    return " ".join(text.split("\nAt:")[0].split())


def wrong_option(lines: Sequence[str]) -> str:
    """Triton writes what is wrong with its options before the text of its usage, or behind it."""
    if USAGE not in lines:
        return ""
    before = [match["text"] for match in matches(OPTION, lines[: lines.index(USAGE)])]
    behind = [line.strip() for line in lines if line.strip()][-1]
    return before[0] if before else behind


def last_word(lines: Sequence[str]) -> str:
    return next((match["text"] for match in matches(LAST, reversed(lines))), "")


def matches(pattern: re.Pattern[str], lines: Iterable[str]) -> Iterator[re.Match[str]]:
    return (match for line in lines if (match := pattern.match(line)))
