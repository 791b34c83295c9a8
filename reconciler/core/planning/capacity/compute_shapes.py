"""The compute shapes that model deployments are known to take, and what one instance of each has: the only
such table of the package. Whether a manifest's shape is allowed is said in `manifests.rules`.

Sources: a list of the service, recorded in 2025 by Oracle's ADS (docs/service.md §1.6), for the names, the
OCPUs and the memory; GPUs and their memory: the same, and ads/aqua/resources/gpu_shapes_index.json. That
generic shapes are flexible ones is unverified.
"""

from typing import NamedTuple

from reconciler.core.model.configuration import Instance


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
    "VM.Standard.AMD.Generic": LargestInstance(64, 1024),
    "VM.Standard.Intel.Generic": LargestInstance(32, 512),
    "VM.Standard.Ampere.Generic": LargestInstance(80, 512),
    "VM.Standard.x86.Generic": LargestInstance(32, 512),
}


class Machine(NamedTuple):
    """What one instance of a fixed shape has. `gpu_memory_gbs` is that of all GPUs together; None where no
    source tells it.
    """

    ocpus: int
    memory_gbs: float
    gpus: int = 0
    gpu_memory_gbs: int | None = 0


FIXED = {
    "VM.Standard2.1": Machine(1, 15),
    "VM.Standard2.2": Machine(2, 30),
    "VM.Standard2.4": Machine(4, 30),
    "VM.Standard2.8": Machine(8, 120),
    "VM.Standard2.16": Machine(16, 240),
    "VM.Standard2.24": Machine(24, 320),
    "VM.GPU2.1": Machine(12, 72, 1, 16),
    "VM.GPU3.1": Machine(6, 90, 1, 16),
    "VM.GPU3.2": Machine(12, 180, 2, 32),
    "VM.GPU3.4": Machine(24, 360, 4, 64),
    "BM.GPU2.2": Machine(28, 192, 2, 32),
    "BM.GPU3.8": Machine(52, 768, 8, 128),
    "BM.GPU.T1.2": Machine(32, 1024, 2, None),
    "VM.GPU.A10.1": Machine(15, 240, 1, 24),
    "VM.GPU.A10.2": Machine(30, 480, 2, 48),
    "VM.GPU.A10.4": Machine(64, 1024, 4, 96),
    "BM.GPU.A10.4": Machine(64, 1024, 4, 96),
    "BM.GPU4.8": Machine(64, 2048, 8, 320),
    "BM.GPU.A100-v2.8": Machine(64, 2048, 8, 640),
    "BM.GPU.H100.8": Machine(112, 2048, 8, 640),
    "BM.GPU.L40S-NC.4": Machine(112, 1024, 4, 192),
}


def machine_of(shape: str, memory_gbs: float | None) -> Machine | None:
    """The machine that models of a known shape have to fit into; `memory_gbs` is what was chosen for a
    flexible one. OCPUs do not matter for that, so it has the most.
    """
    if largest := FLEXIBLE.get(shape):
        return Machine(largest.ocpus, memory_gbs or largest.memory_gbs)
    return FIXED.get(shape)


class Size(NamedTuple):
    """What one instance has; None where nobody says."""

    ocpus: float | None
    memory_gbs: float | None
    gpus: float | None


def is_known(shape: str) -> bool:
    """Whether this is the name of a shape in the table."""
    return shape in FLEXIBLE or shape in FIXED


def is_flexible(shape: str) -> bool:
    """Whether OCPUs and memory are chosen with the shape, as its name says."""
    return shape.endswith((".Flex", ".Generic"))


def size_of(instance: Instance) -> Size:
    """What one instance has. Of an unknown shape that is only what was chosen with it."""
    if machine := FIXED.get(instance.shape):
        return Size(machine.ocpus, machine.memory_gbs, machine.gpus)
    return Size(instance.ocpus, instance.memory_gbs, 0 if instance.shape in FLEXIBLE else None)
