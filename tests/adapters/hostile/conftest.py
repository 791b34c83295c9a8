"""The verbs in this process, against a service that lies: a small repository that was applied before."""

import fcntl
import json
import os
import sys
from collections.abc import Iterator
from functools import partial

import pytest
from oci.data_science.models import UpdateModelDetails

from datascience_emulator.lifecycle.progression import Immediate
from reconciler.adapters import connect
from reconciler.adapters.http.bounded_answers import AnswerBounds
from reconciler.adapters.http.fetch import fetcher
from reconciler.adapters.oci.client import ServiceAccess
from reconciler.adapters.oci.cloud import OciCloud
from reconciler.adapters.signing.sign_in import api_key_signer, read_config
from reconciler.app.live import reading_live
from reconciler.app.privacy.redacted_ports import redacted
from reconciler.app.privacy.redaction import Redaction
from reconciler.cli.exit_codes import run
from tests.support.emulator import Emulator
from tests.support.hello import write_hello
from tests.support.hostile import Applied, World, hostile
from tests.support.workspace import make

SECONDS = 1.0
"""An answer has to have ended after so long; the product waits for minutes."""

LARGEST = 16 << 20


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    emulator = Emulator(tmp_path_factory.mktemp("home"), Immediate())
    workspace = make(tmp_path_factory.mktemp("hostile"))
    write_hello(workspace)
    with hostile(emulator.endpoint) as service:
        note = {
            "endpoint": service.url,
            "pid": os.getpid(),
            "config_file": str(workspace.home / "oci" / "config"),
            "region": "us-ashburn-1",
            "tenancy": emulator.tenancy,
            "user": emulator.config["user"],
            "compartment": emulator.compartment,
            "version": "1",
            "readings": {},
            "progression": "immediate",
            "latency": 0.0,
            "control": False,
            "ephemeral": False,
            "servers": "local",
        }
        workspace.write(".reconciler/emulator/oci/config", emulator.config_file.read_text())
        workspace.write(".reconciler/emulator/emulator.json", json.dumps(note))
        with (workspace.home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            workspace.run("apply", "--yes")
            forget_models(emulator)
            file = str(emulator.config_file)
            yield Applied(workspace, service, emulator, api_key_signer(read_config("DEFAULT", file), file))
    emulator.close()


def forget_models(emulator: Emulator) -> None:
    """As if somebody else had published them, so that their content is read."""
    for model in emulator.client.list_models(emulator.compartment).data:
        emulator.client.update_model(model.id, UpdateModelDetails(custom_metadata_list=[]))


@pytest.fixture
def world(
    applied: Applied, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[World]:
    """With bounds that a test can wait for, and no patience with what may pass."""
    config = read_config("DEFAULT", str(applied.emulator.config_file))
    monkeypatch.chdir(applied.workspace.root)
    monkeypatch.setattr(reading_live, "PLAN_OUTAGE_SECONDS", 0.0)
    monkeypatch.setattr(connect, "api_key_signer", lambda config, file: applied.signer)
    monkeypatch.setattr(
        connect, "ServiceAccess", partial(ServiceAccess, bounds=AnswerBounds(SECONDS, LARGEST))
    )

    def reconcile(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["reconcile", *arguments])
        return run()

    def told() -> str:
        out, err = capsys.readouterr()
        return out + err

    def cloud(seconds: float = SECONDS) -> OciCloud:
        reached = ServiceAccess(config, applied.signer, applied.service.url, AnswerBounds(seconds, LARGEST))
        made = OciCloud(reached, applied.emulator.compartment, "tests", create_project=True, fetch=fetcher())
        return redacted(made, Redaction({}))

    yield World(applied.workspace, applied.service, applied.emulator, reconcile, told, cloud)
    applied.service.tell_the_truth()
