"""Names for JSON, as it is stored and sent."""

from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
JsonValue: TypeAlias = Any
