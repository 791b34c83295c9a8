"""Some of the crowd: clients that create, list, update and delete until their time is over.

In: one JSON argument {endpoint, config_file, compartment, project, name, clients, seconds}. It says `ready`
on stdout, begins at the line that it then reads from stdin, and ends with one line of JSON: what was
acknowledged ({made-as: {kind, id, name, description, alive}}), how many whole turns each client made, how
many calls, the statuses of refusals, and what went wrong.

No client gives up soon: a call that was refused for a moment, or whose answer was lost, is made again, a
create with the same retry token. What gets no answer that lasts within PATIENCE seconds is stuck, and wrong.
"""

import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import oci
import requests
from oci.data_science import DataScienceClient
from oci.data_science import models as m

MADE_AS = "made-as"
ORDERED = "Internal server error."
PATIENCE = 90.0
"""Two kills and their restarts are over in a quarter of it."""


REFUSED = "Connection refused"
"""Of a port that nobody listens at: no fault does that, only a kill."""


class Stuck(Exception):
    """The message says on what."""


def patiently(what: str) -> Iterator[list[str]]:
    """Once for each try, until patience is over; the list takes what was seen."""
    seen: list[str] = []
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        yield seen
    raise Stuck(f"after {PATIENCE:g} s: {what}; last seen: {seen[-1:]}")


class Crowd:
    def __init__(self, asked: dict[str, Any]) -> None:
        self.asked, self.lock = asked, threading.Lock()
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.statuses: Counter[str] = Counter()
        self.turns: Counter[str] = Counter()
        self.refused: list[float] = []
        self.calls, self.wrong, self.end = 0, [], 0.0

    def note(self, made_as: str, **said: Any) -> None:
        """What was acknowledged of it, beside what was before."""
        with self.lock:
            self.acknowledged[made_as] = {**self.acknowledged.get(made_as, {}), **said}

    def is_wrong(self, what: str) -> None:
        with self.lock:
            self.wrong.append(what)

    def met(self, error: Exception) -> None:
        with self.lock:
            self.statuses[type(error).__name__] += 1
            if REFUSED in str(error):
                self.refused.append(time.monotonic())

    def persist(self, call: Callable[[], Any]) -> Any:
        """What the call returns, once it is answered by something that lasts."""
        for seen in patiently("no answer that lasts"):
            with self.lock:
                self.calls += 1
            try:
                return call()
            except oci.exceptions.ServiceError as error:
                with self.lock:
                    self.statuses[f"{error.status} {error.code}"] += 1
                if error.status == 500 and error.message != ORDERED:
                    self.is_wrong(f"500 that nobody ordered: {error.message}")
                if error.status not in (429, 500, 503):
                    raise
                seen.append(str(error))
            except (oci.exceptions.RequestException, requests.exceptions.RequestException) as error:
                self.met(error)
                seen.append(repr(error))
            time.sleep(random.uniform(0.05, 0.3))


class Client:
    """One client: it works on its own resources in a compartment that all share."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        asked = crowd.asked
        self.crowd, self.name = crowd, f"{asked['name']}-{number}"
        self.api = DataScienceClient(
            oci.config.from_file(asked["config_file"]),
            service_endpoint=asked["endpoint"],
            retry_strategy=oci.retry.NoneRetryStrategy(),
            circuit_breaker_strategy=oci.circuit_breaker.NoCircuitBreakerStrategy(),
            timeout=(10, 60),
        )

    def run(self) -> None:
        turn = 0
        while time.monotonic() < self.crowd.end:
            try:
                self.turn(f"{self.name}-{turn}", remove=turn % 2 == 0)
                with self.crowd.lock:
                    self.crowd.turns[self.name] += 1
            except Exception as error:
                self.crowd.is_wrong(f"{self.name}-{turn}: {error!r}"[:500])
            turn += 1

    def turn(self, name: str, remove: bool) -> None:
        model = self.create_model(f"{name}-m")
        deployment = self.create_deployment(f"{name}-d", model)
        self.settled(deployment)
        self.is_listed(f"{name}-d", deployment)
        self.rename(f"{name}-d", deployment)
        self.describe(f"{name}-m", model)
        if remove:
            self.delete(f"{name}-d", deployment)
            self.delete_model(f"{name}-m", model)

    def create_model(self, made_as: str) -> str:
        details = m.CreateModelDetails(
            compartment_id=self.crowd.asked["compartment"],
            project_id=self.crowd.asked["project"],
            display_name=made_as,
            freeform_tags={MADE_AS: made_as},
        )
        answer = self.crowd.persist(lambda: self.api.create_model(details, opc_retry_token=made_as))
        self.crowd.note(made_as, kind="model", id=answer.data.id, name=made_as, description=None, alive=True)
        return str(answer.data.id)

    def create_deployment(self, made_as: str, model: str) -> str:
        instance = m.InstanceConfiguration(instance_shape_name="VM.Standard2.1")
        part = m.ModelConfigurationDetails(model_id=model, instance_configuration=instance)
        details = m.CreateModelDeploymentDetails(
            compartment_id=self.crowd.asked["compartment"],
            project_id=self.crowd.asked["project"],
            display_name=made_as,
            freeform_tags={MADE_AS: made_as},
            model_deployment_configuration_details=m.SingleModelDeploymentConfigurationDetails(
                model_configuration_details=part
            ),
        )
        answer = self.crowd.persist(
            lambda: self.api.create_model_deployment(details, opc_retry_token=made_as)
        )
        self.crowd.note(
            made_as, kind="deployment", id=answer.data.id, name=made_as, description=None, alive=True
        )
        return str(answer.data.id)

    def get(self, deployment: str) -> oci.Response:
        return self.crowd.persist(lambda: self.api.get_model_deployment(deployment))

    def settled(self, deployment: str) -> oci.Response:
        for seen in patiently(f"{deployment} does not settle"):
            found = self.get(deployment)
            state = found.data.lifecycle_state
            seen.append(state)
            if state in ("ACTIVE", "DELETED"):
                return found
            if state not in ("CREATING", "UPDATING", "DELETING"):
                break
            time.sleep(random.uniform(0.1, 0.4))
        raise AssertionError(f"{deployment} is {state}")

    def is_listed(self, name: str, deployment: str) -> None:
        compartment = self.crowd.asked["compartment"]
        found = self.crowd.persist(
            lambda: self.api.list_model_deployments(compartment, display_name=name)
        ).data
        if [one.id for one in found] != [deployment]:
            self.crowd.is_wrong(f"{name}: listed {[one.id for one in found]}, made {deployment}")

    def rename(self, made_as: str, deployment: str) -> None:
        """An update takes no retry token: whether one with a lost answer was carried out shows the read."""
        wanted = f"{made_as}-renamed"
        details = m.UpdateModelDeploymentDetails(display_name=wanted)
        for _ in patiently(f"{deployment} is not renamed"):
            found = self.settled(deployment)
            if found.data.display_name == wanted:
                break
            self.changed(
                lambda etag=found.headers["etag"]: self.api.update_model_deployment(
                    deployment, details, if_match=etag
                )
            )
        self.crowd.note(made_as, name=wanted)

    def changed(self, call: Callable[[], Any]) -> None:
        """A change made again may meet what it did itself: then the next read tells."""
        try:
            self.crowd.persist(call)
        except oci.exceptions.ServiceError as error:
            if error.status not in (404, 409, 412):
                raise

    def describe(self, made_as: str, model: str) -> None:
        wanted = f"{made_as} described"
        details = m.UpdateModelDetails(description=wanted)
        self.crowd.persist(lambda: self.api.update_model(model, details))
        self.crowd.note(made_as, description=wanted)
        found = self.crowd.persist(lambda: self.api.get_model(model)).data
        if found.description != wanted:
            self.crowd.is_wrong(f"{model}: the update is lost")

    def delete(self, made_as: str, deployment: str) -> None:
        for _ in patiently(f"{deployment} is not deleted"):
            if self.settled(deployment).data.lifecycle_state == "DELETED":
                break
            self.changed(lambda: self.api.delete_model_deployment(deployment))
        self.crowd.note(made_as, alive=False)

    def delete_model(self, made_as: str, model: str) -> None:
        self.changed(lambda: self.api.delete_model(model))
        found = self.crowd.persist(lambda: self.api.get_model(model)).data
        if found.lifecycle_state != "DELETED":
            self.crowd.is_wrong(f"{model}: deleted, but {found.lifecycle_state}")
        self.crowd.note(made_as, alive=False)


def main() -> None:
    asked = json.loads(sys.argv[1])
    crowd = Crowd(asked)
    clients = [Client(crowd, number) for number in range(asked["clients"])]
    threads = [threading.Thread(target=client.run) for client in clients]
    print("ready", flush=True)
    sys.stdin.readline()
    crowd.end = time.monotonic() + asked["seconds"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = {
        "acknowledged": crowd.acknowledged,
        "turns": {client.name: crowd.turns[client.name] for client in clients},
        "calls": crowd.calls,
        "refused": crowd.refused,
        "statuses": crowd.statuses,
        "wrong": crowd.wrong,
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
