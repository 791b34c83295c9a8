"""The compute shapes that model deployments are known to take, and names that are probably misspelled.

The list of the service grows, so a shape that is not here is taken as it is written, unless it looks like a
typing error in a known one. New shapes differ in their series and numbers (`E5`, `A100-v2`), so these are
left out of the comparison.

Sources: OCI documentation, Data Science, supported compute shapes (supported-shapes.htm), for the names and
the memory; ranges of E3, E4, Standard3 and Optimized3 in the Data Science API,
ModelDeploymentInstanceShapeConfigDetails; those of E5, A1 and A2 are unverified (docs/service.md §1.6). GPUs
and their memory: Oracle's own ADS, ads/aqua/resources/gpu_shapes_index.json.
"""

import re
from difflib import get_close_matches
from functools import cache
from typing import NamedTuple


class LargestInstance(NamedTuple):
    """The largest instance of a flexible shape; the smallest has 1 OCPU and 6 GB."""

    ocpus: int
    memory_gbs: int


FLEXIBLE = {
    "VM.Standard.E3.Flex": LargestInstance(64, 1024),
    "VM.Standard.E4.Flex": LargestInstance(64, 1024),
    "VM.Standard.E5.Flex": LargestInstance(94, 1049),
    "VM.Standard3.Flex": LargestInstance(32, 512),
    "VM.Optimized3.Flex": LargestInstance(18, 256),
    "VM.Standard.A1.Flex": LargestInstance(80, 512),
    "VM.Standard.A2.Flex": LargestInstance(78, 946),
}


class Machine(NamedTuple):
    """What one instance runs on. `gpu_memory_gbs` is that of all GPUs together."""

    memory_gbs: float
    gpus: int = 0
    gpu_memory_gbs: int = 0


_FIXED = {
    "VM.Standard2.1": Machine(15),
    "VM.Standard2.2": Machine(30),
    "VM.Standard2.4": Machine(60),
    "VM.Standard2.8": Machine(120),
    "VM.Standard2.16": Machine(240),
    "VM.Standard2.24": Machine(320),
    "VM.GPU2.1": Machine(72, 1, 16),
    "VM.GPU3.1": Machine(90, 1, 16),
    "VM.GPU3.2": Machine(180, 2, 32),
    "VM.GPU3.4": Machine(360, 4, 64),
    "VM.GPU.A10.1": Machine(240, 1, 24),
    "VM.GPU.A10.2": Machine(480, 2, 48),
    "BM.GPU.A10.4": Machine(1024, 4, 96),
    "BM.GPU4.8": Machine(2048, 8, 320),
    "BM.GPU.A100-v2.8": Machine(2048, 8, 640),
    "BM.GPU.H100.8": Machine(2048, 8, 640),
}
_KNOWN = {name.casefold(): name for name in (*FLEXIBLE, *_FIXED)}
_SLIPS = 2
_SERIES = re.compile(r"(?<=\.)[a-z]{1,2}\d+[a-z]?(-v\d+)?(?=\.|$)")


def machine_of(shape: str, memory_gbs: float | None) -> Machine | None:
    """The machine of a known shape; `memory_gbs` is what was chosen for a flexible one."""
    if shape in FLEXIBLE:
        return Machine(memory_gbs or FLEXIBLE[shape].memory_gbs)
    return _FIXED.get(shape)


@cache
def misspelled(shape: str) -> str:
    """The known shape that this one is probably meant to be, or nothing."""
    folded = shape.casefold()
    if shape == (known := _KNOWN.get(folded)):
        return ""
    if known:
        return known
    words = _words(folded)
    patterns = {_words(name) for name in _KNOWN}
    if words in patterns or not any(_slips(words, pattern) <= _SLIPS for pattern in patterns):
        return ""
    return _KNOWN[get_close_matches(folded, _KNOWN, n=1, cutoff=0)[0]]


def _words(folded: str) -> str:
    """A name without series, numbers, and whether it is a virtual or a bare machine."""
    return re.sub(r"\d+", "0", _SERIES.sub("#", re.sub(r"^[vb]m\.", "*.", folded)))


def _slips(text: str, other: str) -> int:
    """How many letters must be inserted, removed or changed to get from one text to the other."""
    if abs(len(text) - len(other)) > _SLIPS:
        return _SLIPS + 1
    row = list(range(len(other) + 1))
    for above, letter in enumerate(text):
        diagonal, row[0] = row[0], above + 1
        for column, expected in enumerate(other, start=1):
            changed = diagonal + (letter != expected)
            diagonal, row[column] = row[column], min(changed, row[column] + 1, row[column - 1] + 1)
    return row[-1]
