"""Types of arguments and options: each checks what the user typed, and says what is wrong with it."""

import os
import re
from pathlib import Path
from typing import Any

import click

from reconciler.core.model.text import near_words


class VerbGroup(click.Group):
    """A group of verbs. For an unknown verb it names the most similar ones."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that the user asked for. Fails for an unknown one, and names those like it."""
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-") and not ctx.resilient_parsing:
            meant = near_words(name, known)
            advice = f"Did you mean {' or '.join(meant)}?" if meant else f"There are {', '.join(known)}."
            ctx.fail(f"No such command '{name}'. {advice}")
        return super().resolve_command(ctx, args)


class FilePath(click.Path):
    """A path that is not empty. An unset shell variable gives an empty one, which would silently mean the
    current folder.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(path_type=Path, **options)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. Fails for an empty one, and for one that this system cannot have."""
        text = os.fspath(value)
        if not text:
            self.fail("the path is empty", param, ctx)
        if "\0" in text:
            self.fail("a path cannot contain a NUL character", param, ctx)
        try:
            return super().convert(value, param, ctx)
        except OSError as error:
            self.fail(f"{click.format_filename(text)}: {error.strerror}", param, ctx)


class NewFile(FilePath):
    """The path of a file to write. `-` is refused: it would create a file of that name."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. Fails for `-`, and for what `FilePath` refuses."""
        if os.fspath(value) == "-":
            self.fail("- is not a file: name one; to print the plan, use --format json", param, ctx)
        return super().convert(value, param, ctx)


class Word(click.types.StringParamType):
    """A word that is not empty, such as a name. An unset shell variable gives an empty one, which would
    silently mean the default.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word, unchanged. Fails for an empty one."""
        if not value:
            self.fail("it is empty", param, ctx)
        return super().convert(value, param, ctx)


class HeaderWord(Word):
    """A word in an HTTP header: printable ASCII, without spaces at its ends (RFC 9110, section 5.5)."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word, unchanged. Fails for one that no header can carry."""
        word = super().convert(value, param, ctx)
        if not _HEADER_VALUE.fullmatch(word):
            self.fail(
                f"{word!a}: not the name of a model or version: it is sent in a header of the request, "
                "which takes printable ASCII only",
                param,
                ctx,
            )
        return word


_HEADER_VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?")


class TemplateValue(click.types.StringParamType):
    """`values.NAME=TEXT`, as a pair: the place below `values`, and the text, which is no secret."""

    name = "values.NAME=TEXT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The pair. Fails for anything that does not name a value, and for a credential."""
        from reconciler.core.privacy.credential_patterns import is_credential

        if isinstance(value, tuple):
            return value
        place, equals, text = str(value).partition("=")
        if not equals or not _PLACE.fullmatch(place):
            self.fail(f"{place!r}: write values.NAME=TEXT, such as values.tag=1.2.3", param, ctx)
        if is_credential(text):
            self.fail(
                f"{place}: has the form of a credential, and plans show their values: hand it over in "
                "spec.server.env, as {{ env.NAME }}",
                param,
                ctx,
            )
        return place.removeprefix("values."), text


_PLACE = re.compile(r"values(\.[\w-]+)+")
