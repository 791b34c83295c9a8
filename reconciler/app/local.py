"""The emulator's process, as the verbs of `reconcile emulator` know it."""

from pathlib import Path

from reconciler.adapters import emulator
from reconciler.adapters.emulator import Options, Running
from reconciler.app.workspace import Say, open_workspace
from reconciler.core.errors import SetupError
from reconciler.core.target import LOCAL, EmulatorTarget

__all__ = ["Options", "Running", "start", "status", "stop"]


def start(home: Path | None, say: Say, options: Options) -> Running:
    """Start it, or find it running."""
    return emulator.start(_home(home), say, options)


def stop(home: Path | None) -> bool:
    """Stop it; False when it was not running."""
    return emulator.stop(_home(home))


def status(home: Path | None) -> Running | None:
    """Where it runs, or None."""
    return emulator.status(_home(home))


def _home(given: Path | None) -> Path:
    if given is not None:
        return given.absolute()
    _, target = open_workspace(LOCAL)
    if isinstance(target, EmulatorTarget):
        return Path(target.home)
    raise SetupError("the target local of reconciler.yaml is not the emulator: say which one with --home")
