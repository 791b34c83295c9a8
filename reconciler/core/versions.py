"""The guard of the version structure: what is served now against what would be served.

A Triton client pins `model_name` and `model_version`. While an update rolls over the instances, both
structures answer; so a zero-downtime update is only safe when they are equal (docs/service.md §3.8; the
sample's rule is quoted in §0.6).
"""

from collections.abc import Iterable

from reconciler.core.artifact import ModelVersion, Versions


def differences(served: Versions, wanted: Versions) -> tuple[str, ...]:
    """In words, what clients would lose and gain; empty when the structures are equal."""
    lost = (f"{_name(item)} would no longer be served" for item in _sorted(served - wanted))
    gained = (f"{_name(item)} would be new" for item in _sorted(wanted - served))
    return (*lost, *gained)


def _sorted(versions: Iterable[ModelVersion]) -> list[ModelVersion]:
    return sorted(versions)


def _name(item: ModelVersion) -> str:
    return f"{item[0]} version {item[1]}"
