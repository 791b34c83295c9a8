"""A model group on real Triton behind the real emulator: members change, and no request fails."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from oci.data_science import models as m

from tests.support.emulator import group_configuration
from tests.support.serving import Client, emulator_process, packed, servers_in
from tests.support.tiny_models import MARK_CONFIG, MARK_MODEL, write
from tests.support.waiting import wait_for


def member(folder: Path, mark: int) -> bytes:
    """The artifact of a member: the folder of one model."""
    write(folder / "config.pbtxt", MARK_CONFIG)
    write(folder / "1" / "model.py", MARK_MODEL.replace("{mark}", str(mark)))
    return packed(folder)


@contextmanager
def load(client: Client, deployment: str, *models: str) -> Iterator[dict[str, list[object]]]:
    """Signed requests to each of `models`, without a pause; what came of each: its mark, or what failed."""
    over = threading.Event()
    seen: dict[str, list[object]] = {model: [] for model in models}

    def send(model: str) -> None:
        with requests.Session() as session:
            while not over.is_set():
                answer = client.predict(deployment, model, session)
                good = answer.status_code == 200
                seen[model].append(answer.json()["outputs"][0]["data"][0] if good else answer.text)

    threads = [threading.Thread(target=send, args=(model,)) for model in models for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        wait_for(lambda: all(len(some) > 5 for some in seen.values()))
        yield seen
        after = {model: len(some) + 5 for model, some in seen.items()}
        wait_for(lambda: all(len(seen[model]) > after[model] for model in models))
    finally:
        over.set()
        for thread in threads:
            thread.join()


def to(group: str, update_type: str) -> m.UpdateModelGroupDeploymentConfigurationDetails:
    return m.UpdateModelGroupDeploymentConfigurationDetails(
        update_type=update_type,
        model_group_configuration_details=m.UpdateModelGroupConfigurationDetails(model_group_id=group),
    )


def test_live_and_zdt_updates_under_load(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with emulator_process(home, "--reading", "system-data=all") as (_, client):
        project = client.project()
        keep, one, two, bare = (
            client.model(project, member(tmp_path / f"{number}", number)) for number in (9, 1, 2, 3)
        )
        details = m.CreateModelGroupDetails(
            compartment_id=client.compartment,
            project_id=project,
            model_group_details=m.HeterogeneousModelGroupDetails(),
            member_model_entries=m.MemberModelEntries(
                member_model_details=[
                    m.MemberModelDetails(model_id=keep, inference_key="keep"),
                    m.MemberModelDetails(model_id=one, inference_key="swap"),
                    m.MemberModelDetails(model_id=bare),
                ]
            ),
        )
        first = client.sdk.create_model_group(details).data.id
        second = client.group(project, {"keep": keep, "swap": two})
        deployment = client.create(project, group_configuration(first, instances=2))
        wait_for(lambda: client.predict(deployment, "swap").status_code == 200)
        wait_for(lambda: client.get(deployment).lifecycle_state == "ACTIVE")
        assert client.mark(deployment, bare) == 3, "a member without a key goes by its model's OCID"
        before = servers_in(home)
        assert len(before) == 2

        with load(client, deployment, "keep", "swap") as seen:
            work = client.finished(client.update(deployment, to(second, "LIVE")))
        assert work.status == "SUCCEEDED"
        assert (set(seen["keep"]), set(seen["swap"])) == ({9}, {1, 2})
        assert servers_in(home) == before, "no server was replaced"
        assert {client.mark(deployment, "swap") for _ in range(4)} == {2}
        assert client.predict(deployment, bare).status_code != 200

        with load(client, deployment, "keep", "swap") as seen:
            work = client.finished(client.update(deployment, to(first, "ZDT")))
        assert work.status == "SUCCEEDED"
        assert (set(seen["keep"]), set(seen["swap"])) == ({9}, {1, 2})
        assert not set(servers_in(home)) & set(before), "every server was replaced"
        assert client.get(deployment).model_deployment_system_data.current_instance_count == 2
