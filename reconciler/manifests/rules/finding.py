"""Something wrong with a table that was read: what the checks of `rules.tables` and its parts give."""

from dataclasses import dataclass

from reconciler.manifests.yaml.tree import Trail


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at the end of a trail from the table that was checked; `key` points at the key, not the
    value.
    """

    trail: Trail
    what: str
    advice: str = ""
    key: bool = False
