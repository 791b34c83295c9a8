"""Work requests tell what they told where somebody recorded it. Each test names its source: A is
oracle/accelerated-data-science.
"""

from typing import Any

import pytest
from oci.data_science import models as m

from datascience_emulator.data_science.work_requests.kinds import KINDS
from tests.support.emulator import Emulator, artifact

# A docs/source/user_guide/model_deployment/logs.rst, until 2023: the log of a create of 2021, with seconds.
CREATE = {
    "Creating compute resource configuration.": 0,
    "Creating compute resources.": 3,
    "Creating load balancer.": 6,
    "Compute resources are provisioned.": 79,
    "Load balancer is provisioned.": 507,
}


def told(cloud: Emulator, answer: Any) -> list[str]:
    """What the log of its work has, without what the emulator's own servers say."""
    work = cloud.finished(answer)
    logs = cloud.client.list_work_request_logs(work.id).data
    return [one.message for one in logs if not one.message.startswith("rolling")]


def test_the_log_of_a_create(cloud: Emulator) -> None:
    project = cloud.project()
    assert told(cloud, cloud.create(project, cloud.model(project, artifact("one")))) == list(CREATE)


def test_the_pace_of_a_create() -> None:
    kind = KINDS["MODEL_DEPLOYMENT_CREATE"]
    done = [round(507 * kind.share(number)) for number in range(1, len(kind.steps) + 1)]
    assert dict(zip(kind.steps, done, strict=True)) == CREATE


@pytest.mark.parametrize(
    "details",
    [
        {"display_name": "new"},
        {"freeform_tags": {"a": "b"}},
        {
            "category_log_details": m.UpdateCategoryLogDetails(
                access=m.LogDetails(log_id="ocid1.log.oc1.iad.a", log_group_id="ocid1.loggroup.oc1.iad.a")
            )
        },
    ],
    ids=lambda details: next(iter(details)),
)
def test_what_starts_nothing_tells_of_no_start(cloud: Emulator, details: dict[str, Any]) -> None:
    """A name and a tag: the start sequence above is that of a create."""
    made = cloud.deploy()
    answer = cloud.client.update_model_deployment(made, m.UpdateModelDeploymentDetails(**details))
    assert set(told(cloud, answer)).isdisjoint(CREATE)


def test_an_update_while_it_is_inactive_starts_nothing_and_activation_does(cloud: Emulator) -> None:
    made = cloud.deploy()
    cloud.finished(cloud.client.deactivate_model_deployment(made))
    assert set(told(cloud, cloud.update(made, instances=2))).isdisjoint(CREATE)
    assert told(cloud, cloud.client.activate_model_deployment(made)) == list(CREATE)


def test_an_update_that_starts_servers_tells_so(cloud: Emulator) -> None:
    assert told(cloud, cloud.update(cloud.deploy(), variables={"MORE": "1"})) == list(CREATE)


def test_a_start_that_fails_tells_the_reason(cloud: Emulator) -> None:
    """A pull request 1219, 2025: the sentence about bootstrapping, then what the container's engine said."""
    reason = "unable to start container: OCI runtime create failed"
    project = cloud.project()
    work = cloud.finished(
        cloud.create(project, cloud.model(project, artifact("one")), variables={"BREAK": reason})
    )
    found = cloud.client.list_work_request_errors(work.id).data
    words = "Errors occurred while bootstrapping the Model Deployment."
    assert found[0].message == words
    assert reason in found[1].message
    (resource,) = work.resources
    details = cloud.client.get_model_deployment(resource.identifier).data.lifecycle_details
    assert details == f"{words} {reason}"
