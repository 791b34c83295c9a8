"""What is said of an error that no part of the program foresees: in short, with the way to report it, and
never as a traceback, which is shown to whoever asks for it.

It loads nothing but the standard library: it has words for an installation that lacks a part, too.
"""

import os
import platform
import sys
import traceback
from collections.abc import Callable

from reconciler import __version__

DISTRIBUTION = "oci-triton-reconciler"
DEBUG = "RECONCILE_DEBUG"

Redact = Callable[[str], str]
"""Takes out of a line what nobody may see."""

LABELS = ("issues", "bug tracker", "bugs", "tracker", "repository", "source", "homepage")
"""How packages call the place where one reports bugs, the best first (packaging.python.org, well-known
labels).
"""


shown: Redact = str
"""What makes a line fit to be shown, once it is known which secrets there are."""


def unexpected(error: BaseException, redact: Redact | None = None) -> list[str]:
    """The lines to say of it: all that is ever said of it comes from here."""
    lines = _words(error)
    if debugging():
        lines += "".join(traceback.format_exception(error)).splitlines()
    try:
        return [(redact or shown)(line) for line in lines]
    except Exception:
        return [f"error: a bug: {type(error).__name__}{_place(error)}", f"    {_report()}"]


def debugging() -> bool:
    """Whether tracebacks are asked for."""
    return os.environ.get(DEBUG, "") not in ("", "0")


def _words(error: BaseException) -> list[str]:
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
            return [f"error: a bug: {_said(error)}{_place(error)}", f"    {_report()}"]


def _said(error: BaseException) -> str:
    first = " ".join(str(error).split())
    return f"{type(error).__name__}: {first[:LONGEST]}" if first else type(error).__name__


LONGEST = 500


def _place(error: BaseException) -> str:
    """The last place of our own that it passed."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if f"{os.sep}reconciler{os.sep}" in frame.filename]
    if not ours:
        return ""
    path = ours[-1].filename
    return f" (reconciler/{path.rpartition(f'{os.sep}reconciler{os.sep}')[2]}:{ours[-1].lineno})"


def _report() -> str:
    where = _url()
    verb = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    return (
        f"Please report it{f' at {where}' if where else ''}, with this message: reconcile {__version__}, "
        f"Python {platform.python_version()}, {verb or 'no verb'}. {DEBUG}=1 shows where it comes from."
    )


def _url() -> str:
    try:
        from importlib import metadata

        urls = metadata.metadata(DISTRIBUTION).get_all("Project-URL") or []
    except Exception:  # of a broken installation: there is enough to tell already
        return ""
    named = {label.strip().lower(): url.strip() for label, _, url in (entry.partition(",") for entry in urls)}
    return next((named[label] for label in LABELS if label in named), "")
