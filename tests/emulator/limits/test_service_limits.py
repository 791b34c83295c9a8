"""The limits of Data Science, through the SDK."""

from collections.abc import Callable
from typing import Any

import oci
import pytest
from oci.limits import LimitsClient

from datascience_emulator.wire.limits import Limits
from tests.support.emulator import Emulator


def client_of(emulator: Emulator) -> LimitsClient:
    return LimitsClient(
        emulator.config, service_endpoint=emulator.endpoint, retry_strategy=oci.retry.NoneRetryStrategy()
    )


def left(emulator: Emulator, name: str) -> tuple[Any, Any]:
    found = client_of(emulator).get_resource_availability("data-science", name, emulator.compartment).data
    return found.used, found.available


@pytest.mark.shows("service-limits")
def test_what_is_used_and_left(start: Callable[..., Emulator]) -> None:
    emulator = start(limits=Limits(service={"ds-standard-e4-core-count": 4}))
    names = [one.name for one in client_of(emulator).list_limit_definitions(emulator.tenancy).data]
    assert {"model-deploy-count", "ds-gpu-a10-count", "ds-standard-e4-core-count"} <= set(names)
    values = client_of(emulator).list_limit_values(emulator.tenancy, "data-science").data
    assert {one.name: one.value for one in values}["ds-standard-e4-core-count"] == 4
    assert left(emulator, "ds-standard-e4-core-count") == (0, 4)
    emulator.settle(emulator.deploy("one"))
    assert left(emulator, "ds-standard-e4-core-count") == (1, 3)
    assert left(emulator, "model-deploy-count")[0] == 1
    assert left(emulator, "ds-gpu-a10-count")[0] == 0


@pytest.mark.shows("limits-hold")
def test_a_limit_that_was_set_holds(start: Callable[..., Emulator]) -> None:
    emulator = start(limits=Limits(service={"model-deploy-count": 1}))
    emulator.settle(emulator.deploy("one"))
    with pytest.raises(oci.exceptions.ServiceError) as refused:
        emulator.deploy("two")
    assert (refused.value.status, refused.value.code) == (400, "LimitExceeded")
    assert "model-deploy-count. Request a service limit increase" in refused.value.message
