"""The inputs and outputs of a model configuration, and how messages call them. Nothing is judged here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.core.model.text import LONGEST_WORD_SHOWN, cut
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.rule import Field

INPUT, OUTPUT = "input", "output"


@dataclass(frozen=True, slots=True)
class DeclaredTensor:
    """One input or output; `message` is its protobuf."""

    kind: str
    index: int
    message: Any

    @property
    def title(self) -> str:
        """As in `input 'x'`."""
        if not self.message.name:
            return f"{self.kind} number {self.index + 1}"
        return f"{self.kind} {quoted(self.message.name)}"

    def field(self, *names: str) -> Field:
        return (self.kind, self.index, *names)


def tensors_of(model: RepositoryModel) -> Iterator[DeclaredTensor]:
    for kind in (INPUT, OUTPUT):
        for index, message in enumerate(getattr(model.message, kind)):
            yield DeclaredTensor(kind, index, message)


def quoted(name: str) -> str:
    """A name of somebody else's, in quotes and not too long."""
    return repr(cut(name, LONGEST_WORD_SHOWN))


def listed(names: list[str]) -> str:
    """Names, with commas between, and not too many; `none` for no names."""
    shown = [quoted(name) for name in sorted(names)]
    return ", ".join(shown[:10]) + (f" and {len(shown) - 10} more" if len(shown) > 10 else "") or "none"
