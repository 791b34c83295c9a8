"""What the real SDK raises when it is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from oci.exceptions import ServiceError


def refused(call: Callable[..., Any], *arguments: Any, **more: Any) -> tuple[int, str, str]:
    """Status, code and message; fails when the call is accepted."""
    with pytest.raises(ServiceError) as failure:
        call(*arguments, **more)
    return failure.value.status, str(failure.value.code), str(failure.value.message)
