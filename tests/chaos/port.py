"""One process's way to the cloud and to the endpoints: here the weather strikes, and every write gets a
writer.

A dead process is heard no more: whatever its tasks still try to do.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from reconciler.core.model import errors
from reconciler.core.model.configuration import Configuration
from reconciler.core.model.errors import CloudError, ServiceAnswer, Transient
from reconciler.core.model.live import SERVING, Live
from reconciler.core.model.proof.presence import REQUEST
from reconciler.core.model.proof.probes import Answer, File
from tests.chaos.cloud import BOOTSTRAP, CAPACITY, repeated
from tests.chaos.manifests import FILES, RIGHT, WRONG
from tests.chaos.story import Bug, Burst, Deaf, Failure, Kill, Outage, Race, Refusal
from tests.chaos.trail import ANSWER, EVERYBODY, PASSING, REFUSED, Trail
from tests.support.drive import SERVED
from tests.support.memory import Killed

if TYPE_CHECKING:
    from tests.chaos.world import World

CHANGES = {"update_deployment", "activate_deployment", "deactivate_deployment", "delete_deployment"}
"""Writes to one deployment, guarded by its etag."""

ABOUT_ONE = CHANGES | {"get_deployment"}
WRITES = CHANGES | {
    "create_deployment",
    "create_model",
    "upload",
    "set_provenance",
    "mark_published",
    "release_model",
    "rename_model",
}
WRITES |= {"delete_model", "create_model_group", "delete_model_group", "ensure_project", "mark_used"}
PASSED_BY_OTHERS = ("NoEtagMatch", "IncorrectState", "NotAuthorizedOrNotFound", "InvalidatedRetryToken")
"""What a write meets when somebody else was faster."""

NOT_SIGNED_IN = (401, 403)
OUTAGE_SECONDS = 15 * 60.0
"""A shorter outage is waited out, and nothing comes of it."""

MOST_CALLS = 20_000
PASSING_CODES = {"LimitExceeded", "QuotaExceeded"}
NOT_ALLOWED: Callable[[ServiceAnswer], CloudError] = getattr(errors, "NotAllowed", CloudError)


class Port:
    """Fits the engine's `Cloud`."""

    def __init__(self, world: "World", trail: Trail, number: int) -> None:
        self.world, self.trail, self.number = world, trail, number
        self.calls = self.writes = self.about = 0
        mine = [one for one in world.actions if getattr(one, "process", number) == number]
        self.weather = () if trail.quiet else tuple(mine)
        self.on_death: Callable[[], None] = lambda: None

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return partial(self.call, operation)

    def call(self, operation: str, *args: Any, **more: Any) -> Any:
        cloud, trail = self.world.cloud, self.trail
        cloud.tick()
        self._arrive(operation)
        update = args[0] if operation == "update_deployment" else None
        ocid = update.ocid if update else str(args[0]) if operation in ABOUT_ONE else ""
        before = cloud.deployments.get(ocid)
        name = (
            trail.named(before) if before else str(args[2].name) if operation == "create_deployment" else ""
        )
        configurations = (one for one in args if isinstance(one, Configuration))
        sent = update.configuration if update else next(configurations, None)
        self._strike(operation, name, ocid, repeated(sent))
        before = cloud.deployments.get(ocid)
        try:
            result = getattr(cloud, operation)(*args, **more)
        except AssertionError as error:
            self.world.laws.broken("the service would refuse it", f"{trail.name} {operation} {name}: {error}")
            trail.because(name, REFUSED)
            raise CloudError(ServiceAnswer(operation, 400, "InvalidParameter", str(error))) from error
        except CloudError as error:
            if operation in WRITES and error.answer.code not in PASSED_BY_OTHERS:
                trail.because(name, REFUSED)
                trail.troubles.add(name or EVERYBODY)
            raise
        finally:
            cloud.doom = ""
        if operation in WRITES:
            self.world.laws.wrote(trail, operation, args, result, before)
        if operation == "snapshot" and trail.plan is None:
            trail.planned_at = self.world.loop.time()
        self._leave(name)
        return result

    # -- the weather

    def _arrive(self, operation: str) -> None:
        if self.trail.dead:
            raise Killed
        self.calls += 1
        if self.calls > MOST_CALLS:
            self.world.laws.broken("it never ends", f"{self.trail.name} still calls {operation}")
            self._die()
        if any(isinstance(one, Kill) and one.nth == self.calls and not one.heard for one in self.weather):
            self._die()

    def _die(self) -> None:
        self.trail.dead = True
        self.on_death()
        raise Killed

    def _strike(self, operation: str, name: str, ocid: str, sent: str) -> None:
        now = self.world.loop.time()
        self.writes += operation in CHANGES or operation == "create_deployment"
        self.about += 1
        for one in self.weather:
            match one:
                case Outage(at, seconds, status) if at <= now - self.world.began < at + seconds:
                    if status in NOT_SIGNED_IN or seconds >= OUTAGE_SECONDS:
                        self.trail.troubles.add(EVERYBODY)
                    raise failing(operation, status)
                case Burst(_, nth, calls, kind) if kind != "after" and nth <= self.calls < nth + calls:
                    raise failing(operation, 429 if kind == "busy" else 503)
                case Bug(_, number, nth) if name and name == self._named(number) and self.calls >= nth:
                    self.trail.troubles.add(name)
                    self.trail.because(name, PASSING)
                    raise TypeError(f"a bug in {operation}")
            if operation not in CHANGES and operation != "create_deployment":
                continue
            match one:
                case Race(_, nth, what) if nth == self.writes and ocid:
                    self.world.somebody.edits(ocid, what, at_once=True)
                case Refusal(_, nth, code) if nth == self.writes:
                    self.trail.troubles.add(name)
                    self.trail.because(name, PASSING if code in PASSING_CODES else REFUSED)
                    raise CloudError(ServiceAnswer(operation, 400, code, f"no: {sent}"))
                case Failure(_, nth, kind) if nth == self.writes:
                    self.trail.troubles.add(name)
                    self.world.cloud.doom = CAPACITY if kind == "capacity" else BOOTSTRAP

    def _named(self, number: int) -> str:
        names = sorted(name for name, _ in self.trail.wishes)
        return names[number % len(names)] if names else ""

    def _leave(self, name: str) -> None:
        for one in self.weather:
            match one:
                case Kill(_, nth, True) if nth == self.calls:
                    self._die()
                case Burst(_, nth, calls, "after") if nth <= self.calls < nth + calls:
                    self.trail.doubtful.add(name)
                    raise failing("its answer was lost", 0)


class Endpoints:
    """Fits the engine's `Prober`: what answers is what the cloud says is there."""

    def __init__(self, port: Port) -> None:
        self.port = port

    def read(self, file: File) -> bytes:
        return FILES[file.path]

    def ask(self, url: str, model: str, version: int | None, body: bytes) -> Answer:
        port, cloud, trail = self.port, self.port.world.cloud, self.port.trail
        if trail.dead:
            raise Killed
        cloud.tick()
        ocid = url.removeprefix("memory://")
        live = cloud.deployments[ocid]
        since = port.world.loop.time() - port.world.began
        for one in port.weather:
            match one:
                case Deaf(at, seconds, status) if at <= since < at + seconds:
                    if status:
                        return Answer(status, service_says("ServiceUnavailable"), 1.0)
                    raise failing("predict", 0)
        if live.state not in SERVING:
            return Answer(404, service_says("NotAuthorizedOrNotFound"), 1.0)
        if body == REQUEST:
            return SERVED
        if cloud.content(live.model_id) == "wrong":
            trail.because(trail.named(live), ANSWER)
            return Answer(200, WRONG, 1.0)
        port.world.laws.proved(trail, live)
        return Answer(200, RIGHT, 1.0)


def service_says(code: str) -> bytes:
    """What answers is not the model server."""
    return json.dumps({"code": code, "message": "said the service"}).encode()


def named(live: Live) -> str:
    return live.marks.name or live.display_name


def failing(operation: str, status: int) -> CloudError:
    said = ServiceAnswer(operation, status, f"Status{status}", "said the weather")
    return NOT_ALLOWED(said) if status in NOT_SIGNED_IN else Transient(said)
