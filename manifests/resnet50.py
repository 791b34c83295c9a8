"""ResNet-50 (He and others, 2015, arXiv 1512.03385, table 1) in plain torch.nn, with seeded random weights.

It must not load trained weights, and must not know of files or of Triton.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

_STAGES = ((64, 3), (128, 4), (256, 6), (512, 3))  # channels inside a block, blocks
_EXPANSION = 4
# The last scale of each block, below one, keeps the sums along 16 untrained blocks from growing too far.
_BRANCH_SCALE = 0.25
_HEAD_SCALE = 0.3  # answers of a few units, so that a tolerance of 1e-4 means something


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1, scale: float = 1) -> nn.Sequential:
    norm = nn.BatchNorm2d(outputs)
    nn.init.constant_(norm.weight, scale)
    conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
    nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
    return nn.Sequential(conv, norm)


class Bottleneck(nn.Module):
    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        outputs = width * _EXPANSION
        last = _conv(width, outputs, 1, scale=_BRANCH_SCALE)
        self.branch = nn.Sequential(
            _conv(inputs, width, 1), nn.ReLU(), _conv(width, width, 3, stride), nn.ReLU(), last
        )
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else _conv(inputs, outputs, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.branch(x) + self.shortcut(x))


class ResNet50(nn.Module):
    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.stem = nn.Sequential(_conv(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1))
        self.stages = nn.Sequential(*_blocks())
        linear = nn.Linear(_STAGES[-1][0] * _EXPANSION, classes)
        nn.init.normal_(linear.weight, std=_HEAD_SCALE)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.stages(self.stem(x)))  # type: ignore[no-any-return]  # calls of modules are not typed


def _blocks() -> list[Bottleneck]:
    blocks = []
    ends = [64, *(width * _EXPANSION for width, _ in _STAGES)]
    for (inputs, outputs), (width, count) in zip(pairwise(ends), _STAGES, strict=True):
        first = Bottleneck(inputs, width, stride=1 if width == 64 else 2)
        blocks += [first, *(Bottleneck(outputs, width, stride=1) for _ in range(count - 1))]
    return blocks


def seeded(seed: int) -> ResNet50:
    """The same weights for the same seed and torch version, in eval mode; torch's random state is kept."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return ResNet50().eval()
