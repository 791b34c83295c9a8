"""What an object of the OCI SDK is to the type checker."""

from typing import Any, TypeAlias

Sdk: TypeAlias = Any
"""An object of the SDK, which has no types."""
