"""Small TorchScript files, as bytes. It imports torch, which takes seconds: tests import it where they use
it.
"""

import io
import warnings

import torch
from torch import Tensor


class One(torch.nn.Module):
    def forward(self, x):
        return x + 1


class Two(torch.nn.Module):
    def forward(self, a, b):
        return a - b, a + b


class Sums(torch.nn.Module):
    def forward(self, x, s):
        return x + s, x + s


class Number(torch.nn.Module):
    def forward(self, x: Tensor, n: int = 2):
        return x * n


class Optionally(torch.nn.Module):
    def forward(self, x: Tensor, y: Tensor | None = None):
        return x


class Pair(torch.nn.Module):
    def forward(self, x: tuple[Tensor, Tensor]):
        return x[0]


class Keyed(torch.nn.Module):
    def forward(self, x: dict[str, Tensor]):
        return x["a"] - x["b"]


class KeyedFirst(torch.nn.Module):
    def forward(self, x: dict[str, Tensor], y: Tensor):
        return x["a"] - y


class KeyedLast(torch.nn.Module):
    def forward(self, x: Tensor, y: dict[str, Tensor]):
        return y["a"] - x


class Texts(torch.nn.Module):
    def forward(self, x: list[str]):
        return x


class Total(torch.nn.Module):
    def forward(self, x):
        return x.sum()


class Listed(torch.nn.Module):
    def forward(self, x):
        return [x, x]


class NoForward(torch.nn.Module):
    @torch.jit.export
    def run(self, x: Tensor):
        return x


def script(name: str) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        torch.jit.save(torch.jit.script(globals()[name]()), file)
    return file.getvalue()


def weights(zipped: bool = True) -> bytes:
    """What `torch.save` writes: no TorchScript."""
    file = io.BytesIO()
    torch.save({"weight": torch.ones(3)}, file, _use_new_zipfile_serialization=zipped)
    return file.getvalue()
