"""JSON merge patch (RFC 7386) on plain values: what the merge of trees is held against."""

from typing import Any


def reference(target: Any, patch: Any) -> Any:
    """What section 2 of the RFC says, on plain values."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = reference(result.get(name), value)
    return result
