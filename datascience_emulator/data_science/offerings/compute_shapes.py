"""The compute shapes that model deployments may use. The data, and a parser for their
names.

Names, series, OCPUs and memory as a list of the service had them in 2025 (docs/service.md §1.6). UNVERIFIED:
that sizes are chosen with generic shapes, as with flexible ones.
"""

from dataclasses import dataclass

from datascience_emulator.wire.errors import invalid
from datascience_emulator.wire.json_values import JsonValue
from datascience_emulator.wire.schema import Parser


@dataclass(frozen=True, slots=True)
class ComputeShape:
    """Memory is in GB. A fixed shape has the size `cores` and `memory`, a flexible one at most that size."""

    name: str
    cores: int
    memory: int
    series: str

    @property
    def flexible(self) -> bool:
        return self.name.endswith((".Flex", ".Generic"))

    @property
    def arm(self) -> bool:
        return self.series == "ARM" or ".Ampere." in self.name

    @property
    def gpus(self) -> int:
        """The last number of its name counts them, as in VM.GPU3.4 and VM.GPU.A10.2."""
        return int(self.name.rpartition(".")[2]) if self.series == "NVIDIA_GPU" else 0

    @property
    def limit_family(self) -> str:
        """What the names of its limits have in common, such as gpu-a10 for VM.GPU.A10.1."""
        return "-".join(self.name.lower().split(".")[1:-1])


_ALL = (
    ComputeShape("VM.Standard.E3.Flex", 64, 1024, "AMD_ROME"),
    ComputeShape("VM.Standard.E4.Flex", 64, 1024, "AMD_ROME"),
    ComputeShape("VM.Standard.E5.Flex", 94, 1049, "AMD_ROME"),
    ComputeShape("VM.Standard3.Flex", 32, 512, "INTEL_SKYLAKE"),
    ComputeShape("VM.Optimized3.Flex", 18, 256, "INTEL_SKYLAKE"),
    ComputeShape("VM.Standard.A1.Flex", 80, 512, "ARM"),
    ComputeShape("VM.Standard.A2.Flex", 78, 946, "ARM"),
    ComputeShape("VM.Standard2.1", 1, 15, "INTEL_SKYLAKE"),
    ComputeShape("VM.Standard2.2", 2, 30, "INTEL_SKYLAKE"),
    ComputeShape("VM.Standard2.4", 4, 30, "INTEL_SKYLAKE"),
    ComputeShape("VM.Standard2.8", 8, 120, "INTEL_SKYLAKE"),
    ComputeShape("VM.Standard2.16", 16, 240, "INTEL_SKYLAKE"),
    ComputeShape("VM.Standard2.24", 24, 320, "INTEL_SKYLAKE"),
    ComputeShape("VM.GPU2.1", 12, 72, "NVIDIA_GPU"),
    ComputeShape("VM.GPU3.1", 6, 90, "NVIDIA_GPU"),
    ComputeShape("VM.GPU3.2", 12, 180, "NVIDIA_GPU"),
    ComputeShape("VM.GPU3.4", 24, 360, "NVIDIA_GPU"),
    ComputeShape("BM.GPU2.2", 28, 192, "NVIDIA_GPU"),
    ComputeShape("BM.GPU3.8", 52, 768, "NVIDIA_GPU"),
    ComputeShape("BM.GPU.T1.2", 32, 1024, "NVIDIA_GPU"),
    ComputeShape("VM.GPU.A10.1", 15, 240, "NVIDIA_GPU"),
    ComputeShape("VM.GPU.A10.2", 30, 480, "NVIDIA_GPU"),
    ComputeShape("VM.GPU.A10.4", 64, 1024, "NVIDIA_GPU"),
    ComputeShape("BM.GPU.A10.4", 64, 1024, "NVIDIA_GPU"),
    ComputeShape("BM.GPU4.8", 64, 2048, "NVIDIA_GPU"),
    ComputeShape("BM.GPU.A100-v2.8", 64, 2048, "NVIDIA_GPU"),
    ComputeShape("BM.GPU.H100.8", 112, 2048, "NVIDIA_GPU"),
    ComputeShape("BM.GPU.L40S-NC.4", 112, 1024, "NVIDIA_GPU"),
    ComputeShape("VM.Standard.AMD.Generic", 64, 1024, "GENERIC"),
    ComputeShape("VM.Standard.Intel.Generic", 32, 512, "GENERIC"),
    ComputeShape("VM.Standard.Ampere.Generic", 80, 512, "GENERIC"),
    ComputeShape("VM.Standard.x86.Generic", 32, 512, "GENERIC"),
)
COMPUTE_SHAPES = {shape.name: shape for shape in _ALL}


def compute_shape(owners: str, operation: str) -> Parser:
    """A parser for the name of a compute shape. `owners`: what it is for; `operation`: the list of all."""

    def parse(value: JsonValue, where: str) -> str:
        if not isinstance(value, str) or value not in COMPUTE_SHAPES:
            raise invalid(f"{where}: {value!r} is not a compute shape for {owners}; see {operation}")
        return value

    return Parser(parse, {"type": "string", "enum": list(COMPUTE_SHAPES)})
