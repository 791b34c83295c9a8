"""What is known of the terminal: whether there is one, its width, and whether to use colours."""

import os
import sys
from typing import TextIO


def is_terminal(stream: TextIO) -> bool:
    """Whether this stream is a terminal; a closed one is not."""
    try:
        return stream.isatty()
    except (OSError, ValueError):
        return False


def is_dumb() -> bool:
    """Whether the terminal can only be written to line by line (terminfo)."""
    return os.environ.get("TERM", "") in ("", "dumb", "unknown")


def use_colours(*, err: bool = False) -> bool:
    """Whether to colour what goes to stdout, or with `err` to stderr. NO_COLOR counts first (no-color.org),
    then FORCE_COLOR, where 0 means no colours (force-color.org; chalk); else whether the terminal can.
    """
    if os.environ.get("NO_COLOR"):
        return False
    forced = os.environ.get("FORCE_COLOR")
    if forced:
        return forced.lower() not in ("0", "false")
    return is_terminal(sys.stderr if err else sys.stdout) and not is_dumb()


def width() -> int:
    """How many characters fit on one line of stderr."""
    try:
        columns = int(os.environ.get("COLUMNS") or os.get_terminal_size(sys.stderr.fileno()).columns)
    except (OSError, ValueError):
        columns = 80
    return max(20, columns - 1)
