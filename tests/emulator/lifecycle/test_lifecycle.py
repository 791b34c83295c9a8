"""States over time, failures with their reasons, and what comes back after a restart."""

import asyncio
import io
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

from datascience_emulator.app.routes import FINISHERS
from datascience_emulator.faults.orders import Fault, Order
from datascience_emulator.lifecycle.progression import Reads, Seconds, parse_progression
from datascience_emulator.store.unpack import BadArtifact, unpack
from tests.support.emulator import artifact


def test_after_reads(start: Any) -> None:
    emulator = start(Reads(6))
    project = emulator.project()
    created = emulator.create(project, emulator.model(project), triton=False)
    work_id, seen = created.headers["opc-work-request-id"], []
    while not seen or seen[-1] < 100:
        seen.append(emulator.client.get_work_request(work_id).data.percent_complete)
    assert 6 <= len(seen) <= 8
    assert seen == sorted(seen)
    assert emulator.client.get_model_deployment(created.data.id).data.lifecycle_state == "ACTIVE"


def test_only_reads_since_work_began_count(start: Any) -> None:
    emulator = start(Reads(6))
    deployment = emulator.deploy(triton=False)
    for _ in range(20):
        emulator.client.get_model_deployment(deployment)
    deleted = emulator.client.delete_model_deployment(deployment)
    for _ in range(4):
        assert emulator.client.get_model_deployment(deployment).data.lifecycle_state == "DELETING"
    assert emulator.finished(deleted).status == "SUCCEEDED"


def test_what_nobody_works_on_is_not_counted() -> None:
    reads = Reads(2)
    for number in range(1000):
        reads.seen(str(number))
    assert reads == Reads(2, _moved=reads._moved)


def test_work_beside_other_work_on_the_same_goes_on_when_that_ends() -> None:
    async def run() -> None:
        reads = Reads(2)
        reads.begun("a")
        waiting = asyncio.create_task(reads.pause("a", 0, 1))
        reads.seen("a")
        await asyncio.sleep(0)
        reads.forget("a")
        await asyncio.sleep(0)
        for _ in range(2):
            reads.seen("a")
        await asyncio.wait_for(waiting, 10)

    asyncio.run(run())


def test_after_seconds(start: Any) -> None:
    emulator = start(Seconds(0.3))
    project = emulator.project()
    created = emulator.create(project, emulator.model(project), triton=False)
    work = emulator.finished(created)
    assert (work.time_finished - work.time_started).total_seconds() >= 0.29


@pytest.mark.parametrize("text", ["", "reads", "reads:x", "seconds:-1", "immediate:2", "slow"])
def test_bad_progressions(text: str) -> None:
    with pytest.raises(ValueError, match="reads:N"):
        parse_progression(text)


@pytest.mark.shows("failed-create", "bootstrap-text")
def test_a_create_that_fails_says_why(emulator: Any) -> None:
    deployment = emulator.deploy(variables={"BREAK": "no model named x"})
    found = emulator.client.get_model_deployment(deployment).data
    assert found.lifecycle_state == "FAILED"
    assert found.lifecycle_details == (
        "Errors occurred while bootstrapping the Model Deployment. no model named x"
    )
    (work,) = emulator.client.list_work_requests(emulator.compartment, resource_id=deployment).data
    assert work.status == "FAILED"
    assert work.time_finished
    first, second = [one.message for one in emulator.client.list_work_request_errors(work.id).data]
    assert first == "Errors occurred while bootstrapping the Model Deployment."
    assert "no model named x" in second
    assert "E0001 the tail of the log" in second
    assert emulator.predict(deployment).status_code == 404
    emulator.finished(emulator.client.delete_model_deployment(deployment))


@pytest.mark.shows("failed-update", "failed-shown")
def test_an_update_that_fails_leaves_the_old_serving(emulator: Any) -> None:
    deployment = emulator.deploy("one")
    broken = emulator.update(deployment, variables={"BREAK": "no model named x"})
    assert emulator.finished(broken).status == "FAILED"
    found = emulator.client.get_model_deployment(deployment).data
    assert found.lifecycle_state == "NEEDS_ATTENTION"
    assert found.lifecycle_details.endswith("no model named x. The old servers still serve.")
    config = found.model_deployment_configuration_details.environment_configuration_details
    assert config.environment_variables == {"CONTAINER_TYPE": "TRITON"}
    assert emulator.predict(deployment).json()["answer"] == "one"
    assert emulator.finished(emulator.update(deployment, variables={"FINE": "x"})).status == "SUCCEEDED"
    assert emulator.client.get_model_deployment(deployment).data.lifecycle_state == "ACTIVE"


def test_metadata_bandwidth_and_logs_restart_nothing(emulator: Any) -> None:
    deployment = emulator.deploy()
    rolls = len(emulator.serving.rolls)
    emulator.finished(emulator.update(deployment, bandwidth=15))
    assert len(emulator.serving.rolls) == rolls
    emulator.finished(emulator.update(deployment, bandwidth=15, instances=3))
    assert emulator.serving.rolls[-1][1].instances == 3


def test_where_no_servers_run_a_new_name_starts_none(start: Any, fake_serving: Any) -> None:
    fake_serving.missing = "there is no tritonserver here"
    emulator = start(serving=fake_serving)
    deployment = emulator.deploy("one")
    emulator.orders.add(Order(Fault.BOOTSTRAP, "update_model_deployment"))
    renamed = emulator.client.update_model_deployment(deployment, {"displayName": "another"})
    assert emulator.finished(renamed).status == "SUCCEEDED"
    found = emulator.client.get_model_deployment(deployment).data
    assert (found.display_name, found.lifecycle_state) == ("another", "ACTIVE")
    assert emulator.finished(emulator.update(deployment, instances=2)).status == "FAILED"
    assert emulator.client.get_model_deployment(deployment).data.lifecycle_state == "NEEDS_ATTENTION"


@pytest.mark.shows("inactive-edit", "at-activation")
def test_an_inactive_update_starts_nothing(emulator: Any) -> None:
    deployment = emulator.deploy()
    emulator.finished(emulator.client.deactivate_model_deployment(deployment))
    rolls = len(emulator.serving.rolls)
    emulator.finished(emulator.update(deployment, variables={"MORE": "1"}, instances=2))
    assert len(emulator.serving.rolls) == rolls
    emulator.finished(emulator.client.activate_model_deployment(deployment))
    revision = emulator.serving.rolls[-1][1]
    assert (revision.environment["MORE"], revision.instances, revision.server_port) == ("1", 2, 8000)


def test_a_model_without_artifact_cannot_bootstrap(emulator: Any) -> None:
    project = emulator.project()
    work = emulator.finished(emulator.create(project, emulator.model(project)))
    assert "has no artifact" in emulator.client.list_work_request_errors(work.id).data[1].message


def test_only_the_served_revision_stays_unpacked(emulator: Any, make_artifact: Any) -> None:
    deployment = emulator.deploy("one")
    for answer in ("two", "three"):
        model = emulator.model(emulator.project(), make_artifact(answer))
        emulator.finished(emulator.update(deployment, model))
    emulator.finished(emulator.update(deployment, variables={"BREAK": "x"}))
    (folder,) = (emulator.home / "servers").glob("*/model-*")
    assert (folder / "deployed_model" / "answer").read_text() == "three"


def test_a_restart_brings_everything_back(start: Any, until: Any) -> None:
    first = start()
    serving, stopped = first.deploy("one"), first.deploy("two")
    first.finished(first.client.deactivate_model_deployment(stopped))
    before = first.raw("GET", f"/modelDeployments/{serving}").json()
    first.close()
    second = start()
    until(lambda: second.predict(serving).status_code == 200)
    after = second.raw("GET", f"/modelDeployments/{serving}").json()
    assert {**before, "modelDeploymentUrl": ""} == {**after, "modelDeploymentUrl": ""}
    assert after["modelDeploymentUrl"] == f"{second.endpoint}/{serving}"
    assert second.predict(stopped).status_code == 404


def test_work_under_way_is_resumed(start: Any, make_artifact: Any, until: Any) -> None:
    first = start()
    updated, deleted = first.deploy("one"), first.deploy("x")
    project = first.project()
    model = first.model(project, make_artifact("two"))
    first.serving.hold.set()
    created = first.create(project, model).data.id
    update = first.update(updated, model)
    until(lambda: len(first.serving.rolls) == 4)
    first.close()
    second = start()
    assert second.settle(created).lifecycle_state == "ACTIVE"
    assert second.finished(update).status == "SUCCEEDED"
    assert second.predict(updated).json()["answer"] == "two"
    assert second.predict(created).json()["answer"] == "two"
    until(lambda: second.predict(deleted).status_code == 200)


def test_a_resumed_update_that_fails_serves_the_old(start: Any, until: Any) -> None:
    first = start()
    deployment = first.deploy("one")
    first.serving.hold.set()
    update = first.update(deployment, variables={"BREAK": "x"})
    until(lambda: len(first.serving.rolls) == 2)
    first.close()
    second = start()
    assert second.finished(update).status == "FAILED"
    assert second.settle(deployment).lifecycle_state == "NEEDS_ATTENTION"
    assert second.predict(deployment).json()["answer"] == "one"


def test_servers_that_do_not_come_back_are_shown(start: Any, until: Any, fake_serving: Any) -> None:
    first = start()
    deployment = first.deploy("one")
    first.close()
    for blob in (first.home / "artifacts").iterdir():
        blob.write_bytes(b"rotten")
    second = start()
    state = "NEEDS_ATTENTION"
    until(lambda: second.client.get_model_deployment(deployment).data.lifecycle_state == state)
    found = second.client.get_model_deployment(deployment).data
    assert found.lifecycle_details.endswith(
        "the model artifact is not a readable zip archive: File is not a zip file"
    )
    assert second.predict(deployment).status_code == 503


# -- artifacts of strangers


def pack(tmp_path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def link() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("link")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("../out", "outside"),
        ("a/../../out", "outside"),
        ("/etc/out", "outside"),
        ("a\\..\\out", "outside"),
        (link(), "link"),
    ],
)
def test_names_that_lead_out(tmp_path: Path, name: Any, hint: str) -> None:
    with pytest.raises(BadArtifact, match=hint):
        unpack(pack(tmp_path, (name, b"/etc/passwd")), tmp_path / "out")
    assert [one for one in tmp_path.rglob("*") if one.is_file() or one.is_symlink()] == [tmp_path / "a.zip"]


def test_a_bomb(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(3):
            with archive.open(f"{number}", "w") as file:
                for _ in range(400):
                    file.write(bytes(2**20))
    with pytest.raises(BadArtifact, match="bomb"):
        unpack(path, tmp_path / "out")


def test_not_a_zip_and_folders(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(io.BytesIO(b"hello").getvalue())
    with pytest.raises(BadArtifact, match="zip"):
        unpack(tmp_path / "x", tmp_path / "out")
    unpack(pack(tmp_path, ("m/1/", b""), ("m/2/file", b"z")), tmp_path / "good")
    assert (tmp_path / "good/m/1").is_dir()
    assert stat.S_IMODE((tmp_path / "good/m/2/file").stat().st_mode) == 0o444


def test_work_that_breaks_inside_the_emulator_says_so(start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ArithmeticError("two and two")

    monkeypatch.setitem(FINISHERS, "MODEL_GROUP_CREATE", broken)
    emulator = start()
    project = emulator.project()
    details = emulator.group_details(project, {"a": emulator.model(project, artifact("one"))})
    work = emulator.finished(emulator.client.create_model_group(details))
    (error,) = emulator.client.list_work_request_errors(work.id).data
    assert error.code == "InternalServerError"
    assert error.message == "The emulator failed: ArithmeticError('two and two')"
