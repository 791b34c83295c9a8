"""What changes for clients: what is served now against what would be served.

A Triton client pins `model_name` and `model_version`. While an update rolls over the instances, both
structures answer; so a zero-downtime update is only safe when they are equal (docs/service.md §3.8; the
sample's rule is quoted in §0.6), or when the new one serves all that the old one does. A version that keeps
its number and takes or gives other tensors breaks clients as well, whatever the update.
"""

from collections.abc import Iterable

from reconciler.core.model.artifact import Structure, Tensor, Tensors, Versions


def lost_versions(served: Structure, desired: Structure) -> tuple[str, ...]:
    """In words, what clients could not call any more."""
    lost = sorted(served.versions - desired.versions)
    return tuple(f"{model} version {number} would no longer be served" for model, number in lost)


def new_versions(served: Structure, desired: Structure) -> tuple[str, ...]:
    """In words, what clients could call that is not served now."""
    new = sorted(desired.versions - served.versions)
    return tuple(f"{model} version {number} would be new" for model, number in new)


def changed_tensors(served: Structure, desired: Structure) -> dict[str, str]:
    """By model name, in words: the tensors that change under a version number that both serve."""
    before, after = dict(served.tensors), dict(desired.tensors)
    changed = {}
    for name, numbers in _by_model(served.versions & desired.versions):
        old, new = before.get(name), after.get(name)
        if old is not None and new is not None and old != new:
            changed[name] = f"{_versions(name, numbers)}: {'; '.join(_differences(old, new))}"
    return changed


def unknown_tensors(served: Structure, desired: Structure) -> tuple[str, ...]:
    """Models served before and after whose config.pbtxt does not declare their tensors, on one side or
    both.
    """
    declared = dict(served.tensors).keys() & dict(desired.tensors).keys()
    return tuple(name for name, _ in _by_model(served.versions & desired.versions) if name not in declared)


def _by_model(versions: Versions) -> list[tuple[str, list[int]]]:
    names = sorted({name for name, _ in versions})
    return [(name, sorted(number for model, number in versions if model == name)) for name in names]


def _versions(name: str, numbers: list[int]) -> str:
    return f"{name} version{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"


def _differences(old: Tensors, new: Tensors) -> Iterable[str]:
    if old.batch != new.batch:
        yield "it takes batches now" if new.batch else "it takes no batches any more"
    for kind, before, after in (("input", old.inputs, new.inputs), ("output", old.outputs, new.outputs)):
        was, will = {tensor.name: tensor for tensor in before}, {tensor.name: tensor for tensor in after}
        for name in sorted(was.keys() | will.keys()):
            if was.get(name) != will.get(name):
                yield f"{kind} {name} {_shape(was.get(name))} becomes {_shape(will.get(name))}"


def _shape(tensor: Tensor | None) -> str:
    if tensor is None:
        return "(not there)"
    return f"{tensor.datatype.removeprefix('TYPE_')}[{', '.join(map(str, tensor.dims))}]"
