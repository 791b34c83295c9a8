"""Law 8: what a server says may repeat a secret; what a run tells never does."""

from dataclasses import replace

import pytest
from support.drive import apply_on, artifact, desired, plan_on, spec
from support.memory import MemoryCloud, Work

from reconciler.core.errors import StepFailed, Trouble
from reconciler.core.events import DeploymentFailed, StepProgress
from reconciler.core.live import State
from reconciler.core.spec import Spec
from reconciler.core.values import Secret
from reconciler.core.work import WorkProgress

CLEAR = "s3cr3t-Zebra"


def with_secret(wanted: Spec) -> Spec:
    variables = (("CONTAINER_TYPE", "TRITON"), ("TOKEN", Secret("env.TOKEN", CLEAR)))
    container = replace(wanted.configuration.container, environment=variables)
    return replace(wanted, configuration=replace(wanted.configuration, container=container))


def test_a_secret_in_the_servers_own_words_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = MemoryCloud(bad_artifacts={artifact("bad").digest})
    told = f"RuntimeError: cannot log in with {CLEAR}"
    monkeypatch.setattr(cloud, "trouble", lambda work: Trouble(work, (told,), (told,)))
    progress = cloud._progress

    def talking(work: Work) -> WorkProgress:
        return replace(progress(work), message=told)

    monkeypatch.setattr(cloud, "_progress", talking)
    events = apply_on(cloud, plan_on(cloud, desired(with_secret(spec("a", "bad")))))

    (failed,) = (event for event in events if isinstance(event, DeploymentFailed))
    assert isinstance(failed.error, StepFailed)
    assert "cannot log in with (sensitive, from env.TOKEN)" in str(failed.error)
    assert any(isinstance(event, StepProgress) and "sensitive" in event.message for event in events)
    assert CLEAR not in repr(events) + str(failed.error)


def test_a_secret_that_the_plan_does_not_carry_is_not_repeated_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only a start is asked for; the log of the service repeats a variable of before."""
    cloud = MemoryCloud()
    apply_on(cloud, plan_on(cloud, desired(with_secret(spec("a")))))
    (ocid,) = cloud.deployments
    cloud._set(ocid, state=State.INACTIVE)
    told = f"RuntimeError: TRITON cannot log in with {CLEAR}"
    monkeypatch.setattr(cloud, "trouble", lambda work: Trouble(work, (told,), (told,)))
    start = cloud.activate_deployment

    def failing(ocid: str, etag: str) -> object:
        accepted = start(ocid, etag)
        cloud.works[accepted.work_request].failed = True
        return accepted

    monkeypatch.setattr(cloud, "activate_deployment", failing)
    plan = plan_on(cloud, desired(with_secret(spec("a"))))
    events = apply_on(cloud, plan)
    (failed,) = (event for event in events if isinstance(event, DeploymentFailed))
    assert "TRITON cannot log in with (not shown)" in str(failed.error)
    assert CLEAR not in repr(events) + str(failed.error)
