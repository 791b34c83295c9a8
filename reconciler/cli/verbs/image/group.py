"""The group `image` and the list of its verbs. The module of a verb is imported only when it is asked for."""

from importlib import import_module

import click

from reconciler.cli.argument_types import VerbGroup


class ImageVerbs(VerbGroup):
    """The verbs by name: `reconciler.cli.verbs.image.build` has the command `build`, and so on."""

    NAMES = ("build", "push", "resolve")
    """In the order in which a user needs them; `--help` lists them so."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of `NAMES`."""
        return list(self.NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of this name; None if there is none."""
        if cmd_name not in self.NAMES:
            return None
        command = getattr(import_module(f"reconciler.cli.verbs.image.{cmd_name}"), cmd_name)
        return command if isinstance(command, click.Command) else None


@click.command(cls=ImageVerbs)
def image() -> None:
    """Container images with Triton: compose them, push them, look up their digests."""
