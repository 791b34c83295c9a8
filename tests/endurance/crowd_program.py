"""Some of the crowd: clients that create, list, update and delete until their time is over.

In: one JSON argument {endpoint, config_file, compartment, project, name, clients, seconds}. It says `ready`
on stdout, begins at the line that it then reads from stdin, and ends with one line of JSON: what was
acknowledged ({made-as: [kind, id, name, alive]}), how many calls were made, the statuses of refusals, and
what went wrong.

No client gives up: a call that was refused for a moment, or whose answer was lost, is made again, a create
with the same retry token.
"""

import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import oci
import requests
from oci.data_science import DataScienceClient
from oci.data_science import models as m

MADE_AS = "made-as"
ORDERED = "Internal server error."


class Crowd:
    def __init__(self, asked: dict[str, Any]) -> None:
        self.asked, self.lock = asked, threading.Lock()
        self.acknowledged: dict[str, list[Any]] = {}
        self.statuses: Counter[str] = Counter()
        self.calls, self.wrong, self.end = 0, [], 0.0

    def note(self, made_as: str, kind: str, ocid: str, name: str, alive: bool) -> None:
        with self.lock:
            self.acknowledged[made_as] = [kind, ocid, name, alive]

    def is_wrong(self, what: str) -> None:
        with self.lock:
            self.wrong.append(what)

    def persist(self, call: Callable[[], Any]) -> Any:
        """What the call returns, once it is answered by something that lasts."""
        while True:
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
            except (oci.exceptions.RequestException, requests.exceptions.RequestException) as error:
                with self.lock:
                    self.statuses[type(error).__name__] += 1
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
            except Exception as error:
                self.crowd.is_wrong(f"{self.name}-{turn}: {error!r}"[:500])
            turn += 1

    def turn(self, name: str, remove: bool) -> None:
        model = self.create_model(f"{name}-m")
        deployment = self.create_deployment(f"{name}-d", model)
        self.settled(deployment)
        self.is_listed(f"{name}-d", deployment)
        self.rename(f"{name}-d", deployment)
        self.describe(model)
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
        self.crowd.note(made_as, "model", answer.data.id, made_as, True)
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
        self.crowd.note(made_as, "deployment", answer.data.id, made_as, True)
        return str(answer.data.id)

    def get(self, deployment: str) -> oci.Response:
        return self.crowd.persist(lambda: self.api.get_model_deployment(deployment))

    def settled(self, deployment: str) -> oci.Response:
        while True:
            found = self.get(deployment)
            if found.data.lifecycle_state in ("ACTIVE", "DELETED"):
                return found
            if found.data.lifecycle_state not in ("CREATING", "UPDATING", "DELETING"):
                raise AssertionError(f"{deployment} is {found.data.lifecycle_state}")
            time.sleep(random.uniform(0.1, 0.4))

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
        while True:
            found = self.settled(deployment)
            if found.data.display_name == wanted:
                break
            self.changed(
                lambda etag=found.headers["etag"]: self.api.update_model_deployment(
                    deployment, details, if_match=etag
                )
            )
        self.crowd.note(made_as, "deployment", deployment, wanted, True)

    def changed(self, call: Callable[[], Any]) -> None:
        """A change made again may meet what it did itself: then the next read tells."""
        try:
            self.crowd.persist(call)
        except oci.exceptions.ServiceError as error:
            if error.status not in (404, 409, 412):
                raise

    def describe(self, model: str) -> None:
        details = m.UpdateModelDetails(description="described")
        self.crowd.persist(lambda: self.api.update_model(model, details))
        found = self.crowd.persist(lambda: self.api.get_model(model)).data
        if found.description != "described":
            self.crowd.is_wrong(f"{model}: the update is lost")

    def delete(self, made_as: str, deployment: str) -> None:
        found = self.settled(deployment)
        while found.data.lifecycle_state != "DELETED":
            self.changed(lambda: self.api.delete_model_deployment(deployment))
            found = self.settled(deployment)
        self.crowd.note(made_as, "deployment", deployment, found.data.display_name, False)

    def delete_model(self, made_as: str, model: str) -> None:
        self.changed(lambda: self.api.delete_model(model))
        found = self.crowd.persist(lambda: self.api.get_model(model)).data
        if found.lifecycle_state != "DELETED":
            self.crowd.is_wrong(f"{model}: deleted, but {found.lifecycle_state}")
        self.crowd.note(made_as, "model", model, made_as, False)


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
        "calls": crowd.calls,
        "statuses": crowd.statuses,
        "wrong": crowd.wrong,
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
