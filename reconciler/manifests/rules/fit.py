"""Whether the models fit the compute shape that they run on, and the image that runs them.

What cannot load is an error, what may be too large a warning. The sources, and what was tried on 2.51, are in
docs/service.md §4.3. Of an unknown shape nothing is said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reconciler.core.model.findings import Finding, Severity
from reconciler.core.model.images.image import ImageNeeds
from reconciler.core.model.text import counted
from reconciler.core.planning.capacity.compute_shapes import Machine, machine_of
from reconciler.core.planning.images.fit import AGENTS, RELEASE, missing
from reconciler.manifests.declarations.image import ManifestBuild
from reconciler.manifests.declarations.instance_and_scaling import ManifestInstance
from reconciler.manifests.declarations.model_deployment import ManifestServer
from reconciler.manifests.schema.document_reading import DocumentReading, ReadTable
from reconciler.triton.backends import GPU_ONLY, backend_in_image
from reconciler.triton.repository_layout import Layout, ModelNeeds
from reconciler.triton.server.check import loads_all

GB = 1 << 30
ON_GPUS = "KIND_GPU"


def check_fit(reading: DocumentReading, layout: Layout) -> Iterator[Finding]:
    """Everything that does not fit. A model that may not be loaded at all cannot fail for sure: then it is a
    warning.
    """
    servers = [server for server, _ in reading.read_as(ManifestServer)]
    sure = all(loads_all((*server.entrypoint, *server.command)) for server in servers)
    severity = Severity.ERROR if sure else Severity.WARNING
    for instance, table in reading.read_as(ManifestInstance):
        machine = machine_of(instance.shape, instance.memory_gbs)
        if machine is not None:
            for missing in _gpus(instance.shape, machine, layout.needs, table):
                yield replace(missing, severity=severity)
            for large in _memory(instance, machine, layout.needs, table):
                yield replace(large, severity=Severity.WARNING)
    for build, table in reading.read_as(ManifestBuild):
        for missing in _image(build, layout.needs, table):
            yield replace(missing, severity=severity)


def _gpus(shape: str, machine: Machine, models: Sequence[ModelNeeds], table: ReadTable) -> Iterator[Finding]:
    for model in models:
        numbers = [number for group in model.groups for number in group.gpus]
        beyond = [number for number in numbers if not 0 <= number < machine.gpus]
        if not machine.gpus and (_on_gpus(model) or numbers):
            what = f"{table.at}.shape: {shape} has no GPU, and {model.name!r} needs one: {_reason(model)}"
            advice = "Choose a shape with a GPU."
            if model.backend not in GPU_ONLY:
                advice += " Or write KIND_AUTO without gpus, which takes a CPU where there is no GPU."
            yield table.finding(("shape",), what, advice)
        elif beyond:
            has = f"{shape} has {counted(machine.gpus, 'GPU')}"
            what = f"{table.at}.shape: {has}, and an instance_group of {model.name!r} names GPU {beyond[0]}"
            advice = "GPUs are counted from 0. Leave gpus out to use all of them."
            yield table.finding(("shape",), what, advice)


def _reason(model: ModelNeeds) -> str:
    if model.backend in GPU_ONLY:
        return f"no CPU runs the backend {model.backend}"
    if _on_gpus(model):
        return f"an instance_group is of kind {ON_GPUS}"
    return "an instance_group names gpus"


def _memory(
    instance: ManifestInstance, machine: Machine, models: Sequence[ModelNeeds], table: ReadTable
) -> Iterator[Finding]:
    needed = sum(_bytes(model, machine) for model in models if not _on_gpus(model))
    on_gpus = sum(_bytes(model, machine) for model in models if _on_gpus(model))
    field = "shape" if instance.memory_gbs is None else "memoryGBs"
    for at, size, room, where in (
        (field, needed, machine.memory_gbs, "of memory"),
        ("shape", on_gpus, machine.gpu_memory_gbs, "of GPU memory"),
    ):
        if room and size > room * GB:
            has = f"{instance.shape} has {room:g} GB {where}"
            what = f"{table.at}.{at}: the files of the models are {size / GB:.1f} GB, and {has}"
            advice = "A model counts once for each instance that loads its own copy. Take more memory."
            yield table.finding((at,), what, advice)


def _on_gpus(model: ModelNeeds) -> bool:
    return model.backend in GPU_ONLY or any(group.kind == ON_GPUS for group in model.groups)


def _bytes(model: ModelNeeds, machine: Machine) -> int:
    """What the instances of a model load, at least. A group of GPUs has its instances on each of them."""
    copies = sum(
        max(1, group.count) * ((len(group.gpus) or machine.gpus) if group.kind == ON_GPUS else 1)
        for group in model.groups
    )
    return model.size * (max(1, copies) if model.copied else 1)


def _image(build: ManifestBuild, models: Sequence[ModelNeeds], table: ReadTable) -> Iterator[Finding]:
    """The same that a plan says of an image that was made so (`core.planning.images.fit`)."""
    needs = [ImageNeeds(model.name, model.backend, model.agents, model.fields) for model in models]
    backends = build.backends and [backend_in_image(name) for name in build.backends]
    agents = None if AGENTS in table.bad else build.repo_agents
    for lack in missing(needs, "" if RELEASE in table.bad else build.triton, backends, agents):
        if lack.part == RELEASE:
            what = f"{table.at}.{lack.part}: {lack.what}, and the release is {build.triton}"
            advice = "An older server does not load the model. Take it out, or a later release."
        else:
            what = f"{table.at}.{lack.part}: {lack.what}, which is not among them"
            advice = f"The image holds no others, so the model would not load. Put {lack.value} into both."
        yield table.finding((lack.part,), what, advice)
