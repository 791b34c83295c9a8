"""Nothing that comes from the cloud or a model server contains a secret (docs/security.md)."""

import asyncio
import io
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.adapters.archive.remote_zip import RangedFile, RemoteZip
from reconciler.app import applying
from reconciler.app.interrupting import Interruption
from reconciler.app.privacy.redacted_ports import redacted
from reconciler.app.privacy.redaction import ALL_WITHHELD, Redaction
from reconciler.core.model.configuration import Instance, Secret
from reconciler.core.model.errors import (
    CloudError,
    Failed,
    NotFound,
    ServiceAnswer,
    SetupError,
    StepFailed,
    StepRefused,
    Transient,
    Trouble,
    quoting,
)
from reconciler.core.model.live import State
from reconciler.core.model.proof.probes import Answer, File, Probe
from reconciler.core.model.spec import Downtime, Rollout, Spec
from reconciler.core.model.work_requests import WorkProgress
from reconciler.core.planning.events import DeploymentFailed, Event, StepProgress
from reconciler.core.planning.plan import Plan
from reconciler.core.privacy.redactor import WITHHELD
from reconciler.engine.settling import wait_until_settled
from reconciler.manifests.declared_variables import DeclaredVariables
from reconciler.report.apply.events import event_line
from reconciler.report.plan.text import plan_lines
from reconciler.report.style import PLAIN
from tests.support.drive import OWNER, FakeProber, FastClock, apply_on, artifact, desired, plan_on, spec
from tests.support.memory import MemoryCloud, Work
from tests.support.reaching import reached

CLEAR = "s3cr3t-Zebra"
OLD = "0ld-s3cr3t-Quagga"


def with_variables(wanted: Spec, **variables: str | Secret) -> Spec:
    its = tuple(sorted({"CONTAINER_TYPE": "TRITON", **variables}.items()))
    container = replace(wanted.configuration.container, environment=its)
    return replace(wanted, configuration=replace(wanted.configuration, container=container))


def with_secret(wanted: Spec, value: str = CLEAR) -> Spec:
    return with_variables(wanted, TOKEN=Secret("env.TOKEN", value))


def applied(cloud: MemoryCloud, plan: Plan, prober: FakeProber | None = None) -> tuple[Event, ...]:
    """As `app.applying` does it, with time that passes at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(applying, "RealClock", FastClock)
        ready = applying.ReadyPlan(plan, Path("/nowhere"), reached(cloud, prober or FakeProber()))
        outcome = applying.apply(ready, lambda event: None, Interruption(lambda: None, lambda: None))
    return outcome.events


def failure(events: tuple[Event, ...]) -> Exception:
    (failed,) = (event for event in events if isinstance(event, DeploymentFailed))
    return failed.error


def test_a_secret_in_a_message_of_the_service_is_redacted(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = MemoryCloud(bad_artifacts={artifact("bad").digest})
    told = f"RuntimeError: cannot log in with {CLEAR}"
    monkeypatch.setattr(cloud, "trouble", lambda work: Trouble(work, (told,), (told,)))
    progress = cloud._progress

    def talking(work: Work) -> WorkProgress:
        return replace(progress(work), message=told)

    monkeypatch.setattr(cloud, "_progress", talking)
    events = applied(cloud, plan_on(cloud, desired(with_secret(spec("a", "bad")))))
    assert isinstance(failure(events), StepFailed)
    assert "cannot log in with (not shown)" in str(failure(events))
    assert any(isinstance(event, StepProgress) and "(not shown)" in event.message for event in events)
    assert CLEAR not in repr(events) + str(failure(events))


def test_a_secret_that_is_in_no_step_is_redacted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a start is asked for; the log of the service repeats a variable of before."""
    cloud = MemoryCloud()
    applied(cloud, plan_on(cloud, desired(with_secret(spec("a"), OLD))))
    (ocid,) = cloud.deployments
    cloud._set(ocid, state=State.INACTIVE)
    told = f"RuntimeError: TRITON cannot log in with {OLD}"
    monkeypatch.setattr(cloud, "trouble", lambda work: Trouble(work, (told,), (told,)))
    start = cloud.activate_deployment

    def failing(ocid: str, etag: str) -> object:
        accepted = start(ocid, etag)
        cloud.works[accepted.work_request].failed = True
        return accepted

    monkeypatch.setattr(cloud, "activate_deployment", failing)
    plan = plan_on(cloud, desired(with_secret(spec("a"), OLD)))
    events = applied(cloud, plan)
    assert "TRITON cannot log in with (not shown)" in str(failure(events))
    assert OLD not in repr(events) + str(failure(events))


def test_a_short_secret_withholds_the_whole_message(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = MemoryCloud(bad_artifacts={artifact("bad").digest})
    monkeypatch.setattr(cloud, "trouble", lambda work: Trouble(work, ("key is q7!", "harmless"), ()))
    events = applied(cloud, plan_on(cloud, desired(with_secret(spec("a", "bad"), "q7!"))))
    assert WITHHELD in str(failure(events))
    assert "harmless" in str(failure(events))
    assert "q7!" not in str(failure(events))


class Speaking(FakeProber):
    """A model server that repeats a secret in what it answers."""

    def read(self, file: File) -> bytes:
        return b"{}"

    def ask(self, url: str, model: str, version: int | None, body: bytes) -> Answer:
        return Answer(500, f'{{"error": "no access to {CLEAR}"}}'.encode(), 1.0)


def test_the_answer_to_a_probe_is_shown_without_the_secret() -> None:
    cloud = MemoryCloud()
    asked = replace(with_secret(spec("a")), rollout=Rollout(probes=(Probe("m", File("x", "0" * 64)),)))
    events = applied(cloud, plan_on(cloud, desired(asked)), Speaking())
    assert "no access to (not shown)" in str(failure(events))
    assert CLEAR not in repr(events)


ERRORS: list[Exception] = [
    CloudError(ServiceAnswer("creating it", 400, "InvalidParameter", f"no {CLEAR}", "id-1")),
    NotFound(ServiceAnswer("reading it", 404, "", f"no {CLEAR}")),
    Transient(ServiceAnswer("reading it", 500, "", f"no {CLEAR}")),
    CloudError(ServiceAnswer("creating it", 400, CLEAR, "no", CLEAR)),
    quoting(Failed(f"cannot be read: {CLEAR}"), CLEAR),
    quoting(SetupError(f"cannot be read: {CLEAR}, or {CLEAR}"), f"{CLEAR}, or {CLEAR}"),
    quoting(StepRefused(f"no {CLEAR}", ServiceAnswer("x", 400, "Code")), CLEAR),
]


class Bug(MemoryCloud):
    """Fails in this operation, so many times, with an error that nobody foresees, and that tells a secret."""

    def strike(self, operation: str, times: int = 999) -> None:
        works = getattr(self, operation)
        left = [None] * times

        def broken(*arguments: object) -> object:
            if left:
                left.pop()
                raise TypeError(f"bad header: {CLEAR}")
            return works(*arguments)

        setattr(self, operation, broken)


@pytest.mark.parametrize("behind_the_port", [True, False], ids=["from the port", "from the engine"])
@pytest.mark.parametrize(
    ("operation", "times"),
    [
        *((name, times) for name in ("activate_deployment", "update_deployment") for times in (1, 2, 999)),
        *(("deployment_states", 999), ("get_deployment", 999), ("snapshot", 999), ("upload", 999)),
    ],
)
def test_an_error_that_nobody_foresees_tells_no_secret_whatever_follows_it(
    monkeypatch: pytest.MonkeyPatch, operation: str, times: int, behind_the_port: bool
) -> None:
    """A rollback, one that fails too, a start again, or a wait whose end is not seen."""
    cloud = Bug()
    old = with_secret(spec("a", "old"), OLD)
    applied(cloud, plan_on(cloud, desired(old)))
    wanted = replace(with_secret(spec("a", "new")), rollout=Rollout(downtime=Downtime.ALLOW))
    plan = plan_on(cloud, desired(wanted), frozenset({("m", 2)}))
    cloud.strike(operation, times)
    if not behind_the_port:
        monkeypatch.setattr(Redaction, "redacted_errors", nullcontext)
    events = applied(cloud, plan)
    assert "(not shown)" in str(failure(events))
    assert not any(CLEAR in event_line(event) for event in events)
    assert CLEAR not in repr(events) + str(failure(events))


def test_a_wait_before_planning_tells_no_secret() -> None:
    cloud = Bug()
    applied(cloud, plan_on(cloud, desired(with_secret(spec("a")))))
    cloud.strike("deployment_states")
    told: list[Event] = []
    port = redacted(cloud, knowing(CLEAR))
    asyncio.run(
        wait_until_settled(port, FastClock(), lambda: 0.5, dict.fromkeys(cloud.deployments, "a"), told.append)
    )
    assert "TypeError: bad header: (not shown)" in event_line(told[-1])


def test_an_error_of_an_unknown_kind_that_tells_no_secret_stays_what_it_is() -> None:
    class Port:
        def read(self) -> None:
            raise KeyError("x")

    with pytest.raises(KeyError):
        redacted(Port(), knowing(CLEAR)).read()


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_keep_all_but_the_secret(error: Exception) -> None:
    class Port:
        def read(self) -> None:
            raise error

    with pytest.raises(type(error)) as caught:
        redacted(Port(), knowing(CLEAR)).read()
    assert type(caught.value) is type(error)
    assert str(caught.value) == str(error).replace(CLEAR, "(not shown)")
    if isinstance(error, CloudError | StepRefused):
        assert caught.value.answer.status == error.answer.status


def test_our_own_messages_are_not_redacted() -> None:
    """They quote manifests and settings: whoever writes those would learn by it what a secret is."""

    class Port:
        def read(self) -> None:
            raise Failed(f"there is no project named {CLEAR}")

    with pytest.raises(Failed, match=CLEAR):
        redacted(Port(), knowing(CLEAR)).read()
    with pytest.raises(CloudError, match=f"^reading {CLEAR}: 400: "), knowing(CLEAR).redacted_errors():
        raise CloudError(ServiceAnswer(f"reading {CLEAR}", 400, "", "no"))


def knowing(*values: str) -> Redaction:
    redaction = Redaction({})
    redaction.learn(tuple(Secret("env.X", value) for value in values))
    return redaction


DECLARED = DeclaredVariables(
    frozenset({"NAMED"}),
    {"a": {"LOG_LEVEL": "warning-level", "MOVED": "new-value-of-it", "PIN": "x", "WORKERS": "4"}},
    {"a": frozenset({"HIDDEN"})},
)


def of_the_live(owner: str = OWNER, name: str = "a", **variables: str) -> Callable[[str], str]:
    cloud = MemoryCloud()
    apply_on(cloud, plan_on(cloud, desired(with_variables(spec(name), **variables))))
    redaction = Redaction({"NAMED": "a-secret-of-the-manifests"}, owner, lambda: DECLARED)
    redacted(cloud, redaction).snapshot()
    return redaction.text


def test_a_live_variable_that_no_manifest_shows_is_a_secret() -> None:
    text = of_the_live(
        GONE="no-manifest-has-it", MOVED="old-value-of-it", LOG_LEVEL="warning-level", SW="TRUE"
    )
    assert text("no-manifest-has-it") == "(not shown)"
    assert text("old-value-of-it") == "(not shown)"
    assert text("a-secret-of-the-manifests") == "(not shown)"
    assert text("warning-level: TRUE TRITON") == "warning-level: TRUE TRITON"


def test_a_short_variable_that_no_manifest_shows_any_more_is_a_secret() -> None:
    """Else whoever opens a pull request could have it told, by writing another text in its place."""
    assert of_the_live(PIN="4711-a")("failed with 4711-a") == WITHHELD


def test_the_value_of_a_switch_is_a_secret_only_if_declared_or_named_so() -> None:
    """Else a number that was changed would take every message with it."""
    assert of_the_live(WORKERS="2", GONE="debug")("debug: error 2 of 4") == "debug: error 2 of 4"
    assert of_the_live(HIDDEN="2")("error 2 of 4") == WITHHELD
    assert of_the_live(API_TOKEN="2")("error 2 of 4") == WITHHELD


def test_variables_of_other_owners_are_not_redacted() -> None:
    """Theirs is in no message that we are told; and if it counted, one of them could silence everything."""
    theirs = of_the_live("somebody else", "theirs", NAME="everywhere")
    assert theirs("it is everywhere") == "it is everywhere"
    assert of_the_live("somebody else", "a", NAME="everywhere")("it is everywhere") == "it is (not shown)"


def test_an_unknown_compute_shape_that_is_live_is_text_of_others() -> None:
    """A plan tells it where it has no number for it."""
    cloud = MemoryCloud()
    wanted = with_variables(spec(instance=Instance(f"VM.{OLD}")), GONE=OLD)
    apply_on(cloud, plan_on(cloud, desired(wanted)))
    redaction = Redaction({}, OWNER)
    redacted(cloud, redaction).snapshot()
    plan = redaction.plan(plan_on(cloud, desired()), cloud.deployments.values())
    assert OLD not in "\n".join(plan_lines(plan, PLAIN))
    known = with_variables(spec(instance=Instance("VM.GPU.A10.1")), GONE="VM.GPU.A10.1")
    (item,) = redaction.plan(plan_on(cloud, desired(known)), cloud.deployments.values(), [known]).deployments
    assert item.machines is not None


def test_all_text_is_withheld_when_manifests_cannot_be_read() -> None:
    def broken() -> DeclaredVariables:
        raise KeyError("a bug")

    redaction = Redaction({}, declared=broken)
    assert redaction.text("anything") == ALL_WITHHELD
    assert redaction.value({"a": ["anything", 1]}) == {"a": [ALL_WITHHELD, 1]}
    with pytest.raises(KeyError):
        redaction.known_text("anything")


def test_what_the_runner_signs_in_with_is_never_shown() -> None:
    environment = {
        "OCI_CLIENT_SECRET": "the-secret-of-a-client",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "eyJ0eXAiOiJKV1Qi.eyJ.abc",
        "GITHUB_TOKEN": "ghs_0123456789abcdefghij",
        "GITHUB_REPOSITORY": "acme/a-name-that-is-long",
    }
    text = Redaction(environment).text
    for name, value in environment.items():
        shown = value if name == "GITHUB_REPOSITORY" else "(not shown)"
        assert text(f"got {value} from somewhere") == f"got {shown} from somewhere"


def test_every_method_of_a_port_is_redacted() -> None:
    """Whatever a port may do, what it raises is fit to be shown."""

    class Port:
        def __getattr__(self, name: str) -> Callable[[], None]:
            def fail() -> None:
                raise quoting(Failed(f"{name}: {CLEAR}"), CLEAR)

            return fail

    door = redacted(Port(), knowing(CLEAR))
    for name in ("snapshot", "upload", "something_new"):
        with pytest.raises(Failed, match=rf"^{name}: \(not shown\)$"):
            getattr(door, name)()


class Catalog:
    """Its artifacts are read by ranges. Once they are open, the service refuses every read."""

    def __init__(self) -> None:
        self.refuses = False

    def content(self, ocid: str) -> RemoteZip:
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as archive:
            archive.writestr("config.pbtxt", "x" * 100_000)
            archive.writestr("1/model.onnx", "y" * 100_000)

        def read_range(offset: int, length: int) -> bytes:
            if self.refuses:
                raise CloudError(ServiceAnswer("reading the content", 403, "", f"who is {CLEAR}?"))
            return written.getvalue()[offset : offset + length]

        return RemoteZip(RangedFile(read_range, len(written.getvalue())))


def test_what_the_service_says_while_an_artifact_is_read_is_redacted() -> None:
    catalog = Catalog()
    files = redacted(catalog, knowing(CLEAR)).content("x")
    assert files.read("config.pbtxt", 0, 3) == b"xxx"
    catalog.refuses = True
    with pytest.raises(CloudError, match=r"who is \(not shown\)\?"):
        files.read("1/model.onnx", 0, 100)


class Sending:
    """Content on its way through a bucket, which the service refuses at every step."""

    def _refuse(self, *_: object) -> Any:
        raise CloudError(ServiceAnswer("sending", 403, "", f"who is {CLEAR}?"))

    open = read = send = commit = abandon = transfer = check = remove = _refuse
    size = held_parts = bucket_name = _refuse


def test_what_the_service_says_of_content_in_a_bucket_is_redacted() -> None:
    class Cloud:
        def large_content(self, artifact: str) -> Sending:
            return Sending()

    content = redacted(Cloud(), knowing(CLEAR)).large_content("a")
    for step in ("open", "send", "commit", "transfer", "check", "remove"):
        with pytest.raises(CloudError, match=r"who is \(not shown\)\?"):
            getattr(content, step)()
