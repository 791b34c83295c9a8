"""The verbs of the command `reconcile`, by name.

Verbs import what they need when they run: `--help` and `--version` load nothing but this.
"""

from importlib import import_module
from typing import ClassVar

import click

from reconciler import __version__
from reconciler.cli.options import Verbs


class Lazily(Verbs):
    """Verbs by name; the module of each is imported when it is asked for."""

    MODULES: ClassVar[dict[str, str]] = {
        "init": "offline",
        "validate": "offline",
        "build": "offline",
        "plan": "changing",
        "apply": "changing",
        "destroy": "changing",
        "status": "inspecting",
        "explain": "inspecting",
        "predict": "inspecting",
        "emulator": "emulator",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which one needs them."""
        return list(self.MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb, or None."""
        if cmd_name not in self.MODULES:
            return None
        command = getattr(import_module(f"reconciler.cli.{self.MODULES[cmd_name]}"), cmd_name)
        return command if isinstance(command, click.Command) else None


@click.command(cls=Lazily, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="reconcile")
def cli() -> None:
    """Keep NVIDIA Triton model deployments on OCI Data Science as the manifests in git say.

    Without -t the target is the emulator on this machine, which is started when it is needed.

    \b
    Exit codes: 0 done, or nothing to do; 1 failed; 2 differences (plan --detailed-exitcode);
    3 manifests invalid; 4 plan stale: plan again; 5 refused by a safety rule.
    """
