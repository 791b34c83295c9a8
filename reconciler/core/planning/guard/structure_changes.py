"""What changes for clients: what is served now against what would be served.

A Triton client pins `model_name` and `model_version`. While an update rolls over the instances, both
structures answer; so a zero-downtime update is only safe when they are equal (docs/service.md §3.8; the
sample's rule is quoted in §0.6), or when the new one serves all that the old one does. A version that keeps
its number and another contract breaks clients as well, whatever the update.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.core.model.served.contract import Contract
from reconciler.core.model.served.structure import ModelVersion, Structure, Versions
from reconciler.core.model.text import joined
from reconciler.core.planning.guard.contract_changes import Difference, DifferenceKind, contract_differences


def lost_versions(served: Structure, desired: Structure) -> tuple[str, ...]:
    """In words, what clients could not call any more."""
    lost = sorted(served.versions - desired.versions)
    return tuple(f"{model} version {number} would no longer be served" for model, number in lost)


def new_versions(served: Structure, desired: Structure) -> tuple[str, ...]:
    """In words, what clients could call that is not served now."""
    new = sorted(desired.versions - served.versions)
    return tuple(f"{model} version {number} would be new" for model, number in new)


@dataclass(frozen=True, slots=True)
class ContractChanges:
    """What changes under version numbers that are served before and after, in words: `breaks` by the name of
    the model; what clients do not notice; what may break them and nobody can tell.
    """

    breaks: dict[str, str] = field(default_factory=dict)
    widenings: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def contract_changes(served: Structure, desired: Structure) -> ContractChanges:
    """How the contracts differ of what both serve."""
    before, after = dict(served.contracts), dict(desired.contracts)
    same_content = {name for name, _ in {*served.contents} & {*desired.contents}}
    breaks: dict[str, str] = {}
    widenings, unknown = [], []
    for name, numbers in _by_model(served.versions & desired.versions):
        known = [number for number in numbers if (name, number) in before and (name, number) in after]
        for differences, same in _changed(name, known, before, after):
            if broken := _said(name, same, differences, DifferenceKind.BREAK):
                breaks[name] = "; ".join(filter(None, (breaks.get(name), broken)))
            widenings.append(_said(name, same, differences, DifferenceKind.WIDENING))
            unknown.append(_said(name, same, differences, DifferenceKind.UNKNOWN))
        if (hidden := sorted({*numbers} - {*known})) and name not in same_content:
            unknown.append(f"{_versions(name, hidden)}: its contract is not known, so it is not compared")
    return ContractChanges(breaks, tuple(filter(None, widenings)), tuple(filter(None, unknown)))


def _changed(
    name: str,
    numbers: Iterable[int],
    before: Mapping[ModelVersion, Contract],
    after: Mapping[ModelVersion, Contract],
) -> Iterable[tuple[tuple[Difference, ...], list[int]]]:
    """The differences of these versions of a model, each with the versions that have it. Versions of one
    configuration share one contract, which may be large and is compared once.
    """
    pairs: dict[tuple[int, int], list[int]] = {}
    for number in numbers:
        pair = id(before[name, number]), id(after[name, number])
        pairs.setdefault(pair, []).append(number)
    changed: dict[tuple[Difference, ...], list[int]] = {}
    for same in pairs.values():
        differences = contract_differences(before[name, same[0]], after[name, same[0]])
        changed.setdefault(differences, []).extend(same)
    return ((differences, sorted(same)) for differences, same in changed.items())


def _said(name: str, numbers: Sequence[int], differences: Iterable[Difference], kind: DifferenceKind) -> str:
    """The differences of this kind; empty when there are none."""
    texts = [difference.text for difference in differences if difference.kind is kind]
    return f"{_versions(name, numbers)}: {joined(texts, '; ')}" if texts else ""


def _by_model(versions: Versions) -> list[tuple[str, list[int]]]:
    numbers: dict[str, list[int]] = {}
    for name, number in sorted(versions):
        numbers.setdefault(name, []).append(number)
    return list(numbers.items())


def _versions(name: str, numbers: Sequence[int]) -> str:
    return f"{name} version{'s' * (len(numbers) > 1)} {joined([*map(str, numbers)], ', ')}"
