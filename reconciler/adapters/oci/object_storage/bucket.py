"""The bucket that a target names for large content: one request each, nothing is decided here.

A bucket may hold the work of several repositories, and of anybody else. An object or upload counts as ours
by its name, which is made of the digest of its content, and by its mark.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from oci.object_storage import ObjectStorageClient, models

from reconciler.adapters.http.download_headers import length_of
from reconciler.adapters.oci.client import UPLOAD_TIMEOUT, ServiceAccess, client_of
from reconciler.adapters.oci.errors import translated
from reconciler.adapters.oci.object_storage.parts import Body
from reconciler.adapters.oci.pages import pages_of
from reconciler.adapters.sdk import Sdk
from reconciler.core.model.artifact import Part
from reconciler.core.model.errors import NotFound, SetupError
from reconciler.core.model.target import ArtifactBucket

MARK = "opc-meta-triton-artifact"
"""The metadata of our objects: the digest of the content."""

PAGE = 1000
"""Uploads, or parts, that are asked for at once."""

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object that is whole. `md5` is the digest that comes with an object that was sent in parts."""

    size: int
    etag: str
    md5: str
    mark: str


class Bucket:
    """One bucket. Safe to use from many threads."""

    def __init__(self, access: ServiceAccess, bucket: ArtifactBucket) -> None:
        self._access, self._bucket = access, bucket
        self.name, self.region = bucket.name, str(access.config["region"])

    @cached_property
    def _client(self) -> Sdk:
        return client_of(ObjectStorageClient, "Object Storage", self._access, UPLOAD_TIMEOUT)

    @cached_property
    def namespace(self) -> str:
        """The bucket's namespace, which is asked for unless the target names it. Raises SetupError when the
        bucket is not there.
        """
        namespace = self._bucket.namespace
        if not namespace:
            with translated("asking for the namespace of the tenancy"):
                namespace = str(self._client.get_namespace().data)
        try:
            with translated(f"looking for the bucket {self.name}"):
                self._client.head_bucket(namespace, self.name)
        except NotFound as error:
            raise SetupError(
                f"there is no bucket {self.name} in the namespace {namespace}, or it may not be used: create "
                "it, allow this principal to manage objects in it, or name another one as "
                "artifacts.bucket of the target"
            ) from error
        return namespace

    def object_name(self, digest: str) -> str:
        """The name of the object with this content."""
        prefix = f"{self._bucket.prefix}/" if self._bucket.prefix else ""
        return f"{prefix}{digest.removeprefix('sha256:')}.zip"

    # -- objects

    def find(self, name: str) -> StoredObject | None:
        """The object of this name, if it is there."""
        try:
            with translated(f"looking for {self._place(name)}"):
                headers: Mapping[str, str] = self._client.head_object(*self._of(name)).headers
        except NotFound:
            return None
        md5 = headers.get("opc-multipart-md5") or ""
        return StoredObject(
            length_of(headers, UNKNOWN), headers.get("etag") or "", md5, headers.get(MARK) or ""
        )

    def delete(self, name: str, etag: str) -> None:
        """Delete the object, if its etag is still this one."""
        with translated(f"deleting {self._place(name)}"):
            self._client.delete_object(*self._of(name), if_match=etag)

    # -- uploads in parts

    def find_upload(self, name: str) -> str:
        """The oldest upload of this name that is under way; empty when there is none."""
        operation = f"listing the uploads of the bucket {self.name}"
        uploads = self._listed(operation, self._client.list_multipart_uploads, self.namespace, self.name)
        same = [item for item in uploads if item.object == name and item.upload_id]
        return str(min(same, key=lambda item: str(item.time_created)).upload_id) if same else ""

    def begin_upload(self, name: str, digest: str) -> str:
        """Begin an upload; its id. Raises EtagMismatch when the object is there."""
        details = models.CreateMultipartUploadDetails(
            object=name, content_type="application/zip", metadata={MARK: digest}
        )
        with translated(f"beginning to upload {self._place(name)}"):
            answer = self._client.create_multipart_upload(
                self.namespace, self.name, details, if_none_match="*"
            )
        return str(answer.data.upload_id)

    def parts(self, name: str, upload: str) -> dict[int, tuple[str, str]]:
        """The parts that have arrived: MD5 and etag, by their numbers. Raises NotFound when the upload is no
        more.
        """
        operation = f"listing the parts of {self._place(name)}"
        items = self._listed(operation, self._client.list_multipart_upload_parts, *self._of(name), upload)
        return {int(item.part_number): (str(item.md5), str(item.etag)) for item in items}

    def send(self, name: str, upload: str, part: Part, instead_of: str) -> None:
        """Send a part, in the place of the one with this etag, if there is one. The service refuses it when
        something else arrives than was sent. Raises EtagMismatch when another one has come in between.
        """
        guard = {"if_match": instead_of} if instead_of else {"if_none_match": "*"}
        with translated(f"sending part {part.number} of {self._place(name)}"):
            self._client.upload_part(
                *self._of(name),
                upload,
                part.number,
                Body(part.content),
                content_length=str(part.size),
                content_md5=part.md5,
                **guard,
            )

    def commit(self, name: str, upload: str, parts: Mapping[int, str], left_out: Sequence[int]) -> None:
        """Make the object out of these parts (etags by number), and drop the others. Raises EtagMismatch when
        the object is there.
        """
        chosen = [
            models.CommitMultipartUploadPartDetails(part_num=number, etag=parts[number])
            for number in sorted(parts)
        ]
        details = models.CommitMultipartUploadDetails(parts_to_commit=chosen, parts_to_exclude=list(left_out))
        with translated(f"putting the parts of {self._place(name)} together"):
            self._client.commit_multipart_upload(*self._of(name), upload, details, if_none_match="*")

    def abort(self, name: str, upload: str) -> None:
        """Drop an upload with its parts."""
        with translated(f"dropping the upload of {self._place(name)}"):
            self._client.abort_multipart_upload(*self._of(name), upload)

    def _of(self, name: str) -> tuple[str, str, str]:
        return self.namespace, self.name, name

    def _place(self, name: str) -> str:
        return f"{name} in the bucket {self.name}"

    def _listed(self, operation: str, call: Sdk, *of: str) -> Iterator[Sdk]:
        return (item for page in pages_of(operation, call, *of, limit=PAGE) for item in page)
