"""The emulator's process, as the verbs of `reconcile emulator` know it."""

import os
from contextlib import suppress
from pathlib import Path

from reconciler.adapters.emulator import emulator
from reconciler.adapters.emulator.emulator import Options, Running
from reconciler.app.redaction import Redaction
from reconciler.app.workspace import Say, open_workspace
from reconciler.core.model.errors import ReconcilerError, SetupError
from reconciler.core.model.target import LOCAL, EmulatorTarget
from reconciler.manifests.settings import find_root

__all__ = ["Options", "Running", "home_of", "start", "status", "stop"]


def start(home: Path, say: Say, options: Options) -> Running:
    """Start it, or find it running. The end of its log, which an error tells, may say anything."""
    with _redaction().words():
        return emulator.start(home, say, options)


def stop(home: Path) -> bool:
    """Stop it; False when it was not running."""
    return emulator.stop(home)


def status(home: Path) -> Running | None:
    """Where it runs, or None."""
    return emulator.status(home)


def _redaction() -> Redaction:
    """That of the repository that this is in, if it is in one."""
    with suppress(ReconcilerError):
        return open_workspace(LOCAL)[0].redaction
    return Redaction(os.environ)


def home_of(given: Path | None) -> tuple[Path, bool]:
    """Where the emulator keeps its state: as given, or as the repository says, or outside of one in the
    folder that a person has for such things. Also whether it is that one, which nobody has named.
    """
    if given is not None:
        return given.absolute(), False
    try:
        find_root(Path.cwd())
    except SetupError:
        return _of_person(), True
    _, target = open_workspace(LOCAL)
    if isinstance(target, EmulatorTarget):
        return Path(target.home), False
    raise SetupError("the target local of reconciler.yaml is not the emulator: say which one with --home")


def _of_person() -> Path:
    """Below XDG_STATE_HOME, which counts when it is absolute (XDG Base Directory Specification)."""
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
