"""An artifact of 7 GB, more than one upload may have: through a bucket, killed twice on the way, and served
by a real Triton, in flat memory.
"""

import hashlib
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import oci
import pytest
from oci.object_storage import models as s

from tests.endurance.test_large_artifact import LIMIT, MB, digest, download, measured
from tests.support.hello import BODY, write_hello
from tests.support.workspace import Workspace, make, stop

SIZE = 7000 * MB
BUCKET = "large-artifacts"
WITHIN = 600.0


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = make(tmp_path / "bucket")
    yield made
    stop(made)


def weights(workspace: Workspace) -> Path:
    """A sparse file, with something in it here and there, so that no part is like another."""
    (config,) = (workspace.root / "manifests").rglob("config.pbtxt")
    path = config.parent / "1" / "weights.bin"
    with path.open("wb") as file:
        file.truncate(SIZE)
        for place in range(0, SIZE, 5 * MB):
            file.seek(place)
            file.write(hashlib.sha256(place.to_bytes(8, "big")).digest())
    return path


class Bucket:
    def __init__(self, workspace: Workspace) -> None:
        config = oci.config.from_file(workspace.note["config_file"])
        endpoint = workspace.note["endpoint"]
        self.client: Any = oci.object_storage.ObjectStorageClient(config, service_endpoint=endpoint)
        self.namespace = self.client.get_namespace().data
        details = s.CreateBucketDetails(name=BUCKET, compartment_id=workspace.note["compartment"])
        self.client.create_bucket(self.namespace, details)

    def parts(self) -> dict[int, str]:
        """The parts that have arrived, by number: their etags, which change when one is sent again."""
        uploads = self.client.list_multipart_uploads(self.namespace, BUCKET).data
        if not uploads:
            return {}
        (one,) = uploads
        pages = oci.pagination.list_call_get_all_results(
            self.client.list_multipart_upload_parts, self.namespace, BUCKET, one.object, one.upload_id
        )
        return {part.part_number: part.etag for part in pages.data}

    def left(self) -> list[str]:
        objects = self.client.list_objects(self.namespace, BUCKET).data.objects
        uploads = self.client.list_multipart_uploads(self.namespace, BUCKET).data
        return [one.name for one in objects] + [one.object for one in uploads]


def killed(workspace: Workspace, bucket: Bucket, parts: int) -> tuple[int, dict[int, str]]:
    """An apply that dies when so many parts are there: the most memory that it held, and the parts."""
    begun = workspace.begin("apply", "--yes")
    deadline = time.monotonic() + WITHIN
    while len(bucket.parts()) < parts:
        assert begun.process.poll() is None, begun.told
        assert time.monotonic() < deadline, begun.told
        time.sleep(0.2)
    status = Path(f"/proc/{begun.process.pid}/status").read_text()
    (peak,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    begun.kill()
    return int(peak) * 1024, bucket.parts()


def test_through_a_bucket(workspace: Workspace) -> None:
    write_hello(workspace)
    source = weights(workspace)
    workspace.run("emulator", "start")
    refused = workspace.run("plan", "--detailed-exitcode", code=None)
    assert refused.code == 5, refused.out
    assert "artifacts: {bucket: NAME}" in refused.out

    settings = workspace.root / "reconciler.yaml"
    settings.write_text(
        settings.read_text().replace("emulator: {}", f"emulator: {{}}\n    artifacts: {{bucket: {BUCKET}}}")
    )
    bucket, peaks = Bucket(workspace), {}
    assert f"goes through the bucket {BUCKET}" in workspace.run("plan").out
    peaks["killed first"], first = killed(workspace, bucket, 200)
    peaks["killed again"], second = killed(workspace, bucket, 500)
    assert first.items() <= second.items(), "parts were sent again"
    began = time.monotonic()
    peaks["to the end"], _ = measured(workspace, "apply", "--yes")
    print({what: f"{size / MB:.0f} MB" for what, size in peaks.items()}, f"{time.monotonic() - began:.0f} s")
    assert bucket.left() == []

    reply = workspace.ask(workspace.endpoint("hello"), "m", BODY)
    assert reply.json()["outputs"][0]["data"] == [14.0]
    peaks["plan of the same"], said = measured(workspace, "plan")
    assert "nothing to do" in said.lower()
    download(workspace, workspace.root / "down.zip")
    with zipfile.ZipFile(workspace.root / "down.zip") as archive, source.open("rb") as sent:
        (name,) = [name for name in archive.namelist() if name.endswith("weights.bin")]
        with archive.open(name) as received:
            assert digest(received) == digest(sent)
    assert {what: size for what, size in peaks.items() if size >= LIMIT} == {}
