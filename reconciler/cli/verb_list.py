"""The command `reconcile` and the list of its verbs.

The module of a verb is imported only when the verb is asked for, so `--version` loads nothing but this one.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import ClassVar

import click

from reconciler import __version__
from reconciler.cli.argument_types import VerbGroup


class LazyVerbs(VerbGroup):
    """The verbs by name: `reconciler.cli.verbs.plan` has the command `plan`, and so on; those of `FOLDERS`
    are in a folder below.
    """

    NAMES = (
        "init",
        "validate",
        "doctor",
        "build",
        "render",
        "plan",
        "apply",
        "rollback",
        "destroy",
        "adopt",
        "release",
        "gc",
        "status",
        "explain",
        "drift",
        "history",
        "predict",
        "image",
        "targets",
        "reviewed",
        "comment",
        "emulator",
    )
    """In the order in which a new user needs them; `--help` lists them so."""

    FOLDERS: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("adopt", "release"), "ownership"),
        **dict.fromkeys(("comment", "reviewed", "targets"), "github"),
        **dict.fromkeys(("drift", "history", "rollback"), "past"),
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of `NAMES`."""
        return list(self.NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of this name; None if there is none."""
        if cmd_name not in self.NAMES:
            return None
        folder = f"{self.FOLDERS[cmd_name]}." if cmd_name in self.FOLDERS else ""
        command = getattr(import_module(f"reconciler.cli.verbs.{folder}{cmd_name}"), cmd_name)
        return command if isinstance(command, click.Command) else None


@click.command(cls=LazyVerbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="reconcile")
def cli() -> None:
    """Keep NVIDIA Triton model deployments on OCI Data Science as the manifests in git say.

    Without -t the target is the emulator on this machine, which is started when it is needed.

    \b
    Exit codes: 0 done, or nothing to do; 1 failed; 2 differences (plan --detailed-exitcode,
    drift); 3 manifests invalid; 4 plan stale: plan again, or more than was reviewed; 5 refused
    by a safety rule.
    """
