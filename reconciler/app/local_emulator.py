"""emulator start, stop, status: the process of the local emulator, and where it keeps its state."""

import os
from contextlib import suppress
from pathlib import Path

from reconciler.adapters.emulator import process, running
from reconciler.adapters.emulator.options import Options
from reconciler.adapters.emulator.running import Running
from reconciler.app.privacy.redaction import Redaction
from reconciler.app.workspace import Say, open_workspace
from reconciler.core.model.errors import ReconcilerError, SetupError
from reconciler.core.model.target import LOCAL, EmulatorTarget
from reconciler.manifests.settings import find_root

__all__ = ["Options", "Running", "home_of", "start", "status", "stop"]


def start(home: Path, say: Say, options: Options) -> Running:
    """Start it, or find it running. Errors are redacted, because they quote the end of its log."""
    with _redaction().redacted_errors():
        return process.start(home, say, options)


def stop(home: Path) -> bool:
    """Stop it; False when it was not running."""
    return process.stop(home)


def status(home: Path) -> Running | None:
    """Where it runs, or None."""
    return running.status(home)


def _redaction() -> Redaction:
    """The redactor of the repository around the current folder, if there is one."""
    with suppress(ReconcilerError):
        return open_workspace(LOCAL)[0].redaction
    return Redaction(os.environ)


def home_of(named: Path | None) -> tuple[Path, bool]:
    """The folder with the emulator's state: the named one, or the one of the repository, or outside of a
    repository a default in the user's home. The second value says whether it is that default.
    """
    if named is not None:
        return named.absolute(), False
    try:
        find_root(Path.cwd())
    except SetupError:
        return _default_home(), True
    _, target = open_workspace(LOCAL)
    if isinstance(target, EmulatorTarget):
        return Path(target.home), False
    raise SetupError("the target local of reconciler.yaml is not the emulator: say which one with --home")


def _default_home() -> Path:
    """Below XDG_STATE_HOME, if it is absolute (XDG Base Directory Specification), or ~/.local/state."""
    state = Path(os.environ.get("XDG_STATE_HOME", ""))
    if state.is_absolute():
        return state / STATE
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises where there is none
    if home.is_absolute():
        return home / ".local" / "state" / STATE
    raise SetupError(
        "no reconciler.yaml here or above, and no home folder: say with --home where its state goes"
    )


STATE = "oci-triton-reconciler/emulator"
