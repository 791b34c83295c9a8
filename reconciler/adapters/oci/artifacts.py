"""The contents of catalog models: sent as a stream, listed by ranged reads; never whole in memory."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, BinaryIO

from oci.data_science import DataScienceClient, models

from reconciler.adapters.archive.archive import Archive
from reconciler.adapters.archive.remote_zip import RangedFile, RemoteZip
from reconciler.adapters.http.download_headers import length_of
from reconciler.adapters.http.fetch import Fetch
from reconciler.adapters.oci.errors import translated
from reconciler.core.model.artifact import Artifact
from reconciler.core.model.errors import Failed, NotFound

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

UNKNOWN = -1
"""Stands for the size of a content when the service does not say it."""

BLOCK = 1 << 20
"""Bytes of a download that are written at a time."""

PROGRESS_STEP = 1 << 20
"""Bytes between two reports of an upload's progress."""


class Artifacts:
    """The contents of catalog models. `uploads` is a client that waits long: the service takes its time to
    answer an upload.
    """

    def __init__(self, client: DataScienceClient, uploads: DataScienceClient, fetch: Fetch) -> None:
        self._client, self._uploads = client, uploads
        self._fetch = fetch

    def exists(self, model: str) -> bool:
        """Whether the model's artifact has arrived (404: no)."""
        try:
            self._head(model)
        except NotFound:
            return False
        return True

    def upload(self, model: str, artifact: Artifact, progress: Callable[[int, int], None]) -> None:
        """Pack and send. Raises StalePlan when a file has changed since it was planned."""
        with _Upload(artifact, self._fetch, progress) as stream, translated(f"uploading to {model}"):
            self._uploads.create_model_artifact(
                model,
                stream,
                content_length=str(len(stream)),
                content_disposition="attachment; filename=artifact.zip",
            )

    def take(self, model: str, namespace: str, bucket: str, region: str, name: str, token: str) -> str:
        """Let the service take an object of a bucket as the content; the OCID of its work request. What the
        service calls an export is from the bucket to the catalog (docs/service.md §1.3).
        """
        source = models.ArtifactExportDetailsObjectStorage(
            namespace=namespace, source_bucket=bucket, source_region=region, source_object_name=name
        )
        details = models.ExportModelArtifactDetails(artifact_export_details=source)
        with translated(f"taking {name} of the bucket {bucket} into {model}"):
            answer = self._client.export_model_artifact(model, details, opc_retry_token=token)
        return str(answer.headers.get("opc-work-request-id") or "")

    def content(self, model: str) -> RemoteZip:
        """The files of a model, read by ranges when they are asked for. Raises NotFound when there is no
        content, Failed when it is no zip.
        """
        size = self.size(model)
        return RemoteZip(RangedFile(lambda offset, length: self._read(model, offset, length), size))

    def size(self, model: str) -> int:
        """Bytes of the content of a model. Raises NotFound when there is none."""
        size = length_of(self._head(model), UNKNOWN)
        if size == UNKNOWN:
            raise Failed(f"the service does not say how large the content of {model} is; try again")
        return size

    def download(self, model: str, file: BinaryIO, progress: Callable[[int, int], None]) -> None:
        """Write the whole content of a model into a file; `progress` gets bytes written and bytes in all."""
        size = self.size(model)
        with translated(f"downloading the content of {model}"):
            response = self._uploads.get_model_artifact_content(model).data
            written = 0
            # Whatever comes, no more is written than there should be, and one byte to notice that.
            while part := response.raw.read(min(BLOCK, max(0, size - written) + 1)):
                written += file.write(part)
                progress(written, size)
                if written > size:
                    break
            response.close()
        if written != size:
            raise Failed(f"the content of {model} has {size} bytes, and {written} came; try again")

    def _head(self, model: str) -> Mapping[str, str]:
        with translated(f"looking for the content of {model}"):
            headers: Mapping[str, str] = self._client.head_model_artifact(model).headers
            return headers

    def _read(self, model: str, offset: int, length: int) -> bytes:
        byte_range = f"bytes={offset}-{offset + length - 1}"
        with translated(f"reading the content of {model}"):
            response = self._client.get_model_artifact_content(model, range=byte_range).data
            # A service that ignores ranges would send it all; one byte too many is enough to notice.
            data = bytes(response.raw.read(length + 1))
            response.close()
            return data


class _Upload(Archive):
    """An archive that reports how far it has been read."""

    def __init__(self, artifact: Artifact, fetch: Fetch, progress: Callable[[int, int], None]) -> None:
        super().__init__(artifact, fetch)
        self._progress = progress
        self._reported = 0

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        count = super().readinto(buffer)
        sent, size = self.tell(), len(self)
        if sent - self._reported >= PROGRESS_STEP or sent == size != self._reported:
            self._reported = sent
            self._progress(sent, size)
        return count
