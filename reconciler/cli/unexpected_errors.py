"""The message for an error that no part of the program foresees: short, with where to report it, and without
a traceback unless the user asks for one.

It loads the standard library only, so that it also has words for an installation that lacks a part.
"""

import os
import platform
import sys
import traceback
from collections.abc import Callable

from reconciler import __version__

DISTRIBUTION = "oci-triton-reconciler"
DEBUG = "RECONCILE_DEBUG"
LONGEST = 500
"""Characters of an error's own words that are shown."""

LABELS = ("issues", "bug tracker", "bugs", "tracker", "repository", "source", "homepage")
"""What packages call their bug tracker, the best first (packaging.python.org, well-known labels)."""

redact_known: Callable[[str], str] = str
"""Takes the secrets of the repository out of a line; `shared_options.open_workspace` sets it. It raises when
nobody can tell what is secret.
"""


def unexpected_error_lines(error: BaseException) -> list[str]:
    """The whole message for an unexpected error, redacted. When it cannot be redacted, it has our own words
    alone.
    """
    lines = _lines(error)
    trace = traceback.format_exception(error) if is_debugging() else []
    try:
        return [redact_known(line) for line in (*lines, *"".join(trace).splitlines())]
    except Exception:
        places = traceback.format_tb(error.__traceback__) if is_debugging() else []
        first = f"error: a bug: {type(error).__name__}{_place(error)}"
        return [first, f"    {_how_to_report()}", *"".join(places).splitlines()]


def is_debugging() -> bool:
    """Whether the user asks for tracebacks."""
    return os.environ.get(DEBUG, "") not in ("", "0")


def _lines(error: BaseException) -> list[str]:
    match error:
        case MemoryError():
            return ["error: there is not enough memory: free some, or name fewer manifests at once"]
        case RecursionError():
            return [
                "error: something that was read is nested too deeply",
                f"    {DEBUG}=1 shows where it was read.",
            ]
        case ImportError():
            return [
                f"error: the installation lacks a part: {error}",
                f"    Install it again: pip install --force-reinstall {DISTRIBUTION}",
            ]
        case _:
            return [f"error: a bug: {_words(error)}{_place(error)}", f"    {_how_to_report()}"]


def _words(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:LONGEST]}" if text else type(error).__name__


def _place(error: BaseException) -> str:
    """The last line of our own code that the error came through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if f"{os.sep}reconciler{os.sep}" in frame.filename]
    if not ours:
        return ""
    path = ours[-1].filename
    return f" (reconciler/{path.rpartition(f'{os.sep}reconciler{os.sep}')[2]}:{ours[-1].lineno})"


def _how_to_report() -> str:
    url = _bug_tracker()
    verb = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    return (
        f"Please report it{f' at {url}' if url else ''}, with this message: reconcile {__version__}, "
        f"Python {platform.python_version()}, {verb or 'no verb'}. {DEBUG}=1 shows where it comes from."
    )


def _bug_tracker() -> str:
    try:
        from importlib import metadata

        urls = metadata.metadata(DISTRIBUTION).get_all("Project-URL") or []
    except Exception:  # of a broken installation: there is enough to tell already
        return ""
    named = {label.strip().lower(): url.strip() for label, _, url in (entry.partition(",") for entry in urls)}
    return next((named[label] for label in LABELS if label in named), "")
