"""The emulator is killed at any moment: what it has answered is kept, other work is done whole or not."""

import random
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import oci
from oci.data_science import models as m

from tests.support.serving import Client as Service
from tests.support.serving import emulator_process

CLIENTS = 8
KILLS = 3
ARTIFACT = b"weights" * 3000
GONE = None


@dataclass
class Model:
    """What one client knows of a model that it asked for: `ocid` is None while no answer has named it, `may`
    holds the descriptions that it may have, GONE among them if it may be deleted.
    """

    ocid: str | None = None
    may: set[str | None] = field(default_factory=lambda: {"new"})
    uploaded: bool = False


@dataclass
class Client:
    number: int
    project: str
    models: dict[str, Model] = field(default_factory=dict)
    broken: list[Exception] = field(default_factory=list)

    def work(self, service: Service, seed: int) -> None:
        """Create, update and delete until the connection breaks."""
        chance = random.Random(seed * CLIENTS + self.number)
        try:
            for step in range(100_000):
                self._step(service, chance, f"{self.number}-{seed}-{step}")
        except oci.exceptions.RequestException:
            return
        except Exception as error:
            self.broken.append(error)

    def _step(self, service: Service, chance: random.Random, new: str) -> None:
        alive = [model for model in self.models.values() if GONE not in model.may]
        if len(alive) < 3:
            return self.create(service, new)
        model = chance.choice(alive)
        if chance.random() < 0.7:
            model.may.add(new)
            service.sdk.update_model(model.ocid, m.UpdateModelDetails(description=new))
            model.may = {new}
        else:
            model.may.add(GONE)
            service.sdk.delete_model(model.ocid)
            model.may = {GONE}

    def create(self, service: Service, name: str) -> None:
        """The same for the same name, however often: the name is the retry token."""
        model = self.models.setdefault(name, Model())
        details = m.CreateModelDetails(
            compartment_id=service.compartment,
            project_id=self.project,
            display_name=name,
            description="new",
        )
        model.ocid = service.sdk.create_model(details, opc_retry_token=name).data.id
        service.sdk.create_model_artifact(model.ocid, ARTIFACT)
        model.uploaded = True

    def check(self, service: Service) -> None:
        """Everything is as it was answered; from here on, what is there is what is known."""
        assert self.broken == []
        for name, model in self.models.items():
            if model.ocid is None:  # made or not, asking again ends with one
                self.create(service, name)
        found = self._listed(service)
        for name, model in self.models.items():
            description = found.pop(name, GONE)
            assert description in model.may, name
            model.may = {description}
            if model.uploaded and description is not GONE:
                assert service.sdk.get_model_artifact_content(model.ocid).data.content == ARTIFACT
        assert found == {}, "nothing that nobody asked for"

    def _listed(self, service: Service) -> dict[str, str]:
        listed = oci.pagination.list_call_get_all_results(
            service.sdk.list_models, service.compartment, project_id=self.project, limit=7
        ).data
        alive = [one for one in listed if one.lifecycle_state != "DELETED"]
        names = [one.display_name for one in alive]
        assert len(names) == len(set(names)), "none is there twice"
        return {one.display_name: service.sdk.get_model(one.id).data.description for one in alive}


def test_what_was_answered_is_there_after_each_kill(tmp_path: Path) -> None:
    clients: list[Client] = []
    for kill in range(KILLS + 1):
        with emulator_process(tmp_path / "home") as (process, service):
            clients = clients or [Client(number, service.project()) for number in range(CLIENTS)]
            for client in clients:
                client.check(service)
            if kill < KILLS:
                run_and_kill(clients, service, process, kill)
    assert sum(len(client.models) for client in clients) > CLIENTS


def run_and_kill(clients: list[Client], service: Service, process: Any, seed: int) -> None:
    threads = [threading.Thread(target=one.work, args=(service, seed)) for one in clients]
    for thread in threads:
        thread.start()
    threads[0].join(random.Random(seed).uniform(0.3, 1.0))  # until the kill; nothing is waited for
    process.kill()
    for thread in threads:
        thread.join()
