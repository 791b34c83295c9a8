"""Log groups and logs, through the SDK."""

from typing import Any

import oci
import pytest
from oci.logging import LoggingManagementClient, models


@pytest.fixture
def logging(emulator: Any) -> LoggingManagementClient:
    return LoggingManagementClient(
        emulator.config, service_endpoint=emulator.endpoint, retry_strategy=oci.retry.NoneRetryStrategy()
    )


@pytest.mark.shows("log-groups")
def test_a_group_and_its_log(emulator: Any, logging: LoggingManagementClient) -> None:
    details = models.CreateLogGroupDetails(compartment_id=emulator.compartment, display_name="group")
    assert logging.create_log_group(details).status == 202
    (listed,) = logging.list_log_groups(emulator.compartment).data
    group = logging.get_log_group(listed.id).data
    assert (group.display_name, group.lifecycle_state) == ("group", "ACTIVE")
    logging.create_log(group.id, models.CreateLogDetails(display_name="log", log_type="CUSTOM"))
    (found,) = logging.list_logs(group.id, log_type="CUSTOM").data
    assert logging.list_logs(group.id, log_type="SERVICE").data == []
    log = logging.get_log(group.id, found.id).data
    assert (log.log_type, log.is_enabled, log.log_group_id) == ("CUSTOM", True, group.id)
    logging.update_log(group.id, log.id, models.UpdateLogDetails(is_enabled=False))
    assert logging.get_log(group.id, log.id).data.is_enabled is False
    logging.delete_log(group.id, log.id)
    logging.delete_log_group(group.id)
    assert logging.list_log_groups(emulator.compartment).data == []
