"""One artifact on its way into the catalog through a bucket, as the engine's `LargeContent` port.

The archive is read once, from its beginning, by whoever sends it first and by whoever goes on: reading and
hashing take a small part of the time that sending takes. So every part that an earlier run has sent is
compared with what would be sent now, and only the others are sent. What it decides is only which those are.
"""

import threading
from contextlib import suppress

from reconciler.adapters.archive.archive import Archive
from reconciler.adapters.http.fetch import Fetch
from reconciler.adapters.oci.artifacts import Artifacts
from reconciler.adapters.oci.object_storage.bucket import Bucket, StoredObject
from reconciler.adapters.oci.object_storage.parts import held_parts, joined_md5, md5_of, part_size
from reconciler.core.model.artifact import Artifact, Part
from reconciler.core.model.errors import EtagMismatch, Failed, NotFound


class ContentThroughBucket:
    """Fits `engine.ports.LargeContent`, where its methods are described. `send` alone may be called from
    several threads at once; it, and `read`, may still be under way when `open` begins anew.
    """

    def __init__(
        self, artifact: Artifact, fetch: Fetch, part: int, bucket: Bucket, catalog: Artifacts
    ) -> None:
        self._artifact, self._bucket, self._catalog = artifact, bucket, catalog
        self._archive = Archive(artifact, fetch)
        self._name = bucket.object_name(artifact.digest)
        self._part_size = part_size(len(self._archive), part)
        self._stored: StoredObject | None = None
        self._upload = ""
        self._arrived: dict[int, tuple[str, str]] = {}
        self._md5s: dict[int, str] = {}
        self._free: list[bytearray] = []
        self._held: dict[int, bytearray] = {}
        self._reading = threading.Lock()

    def size(self) -> int:
        return len(self._archive)

    def held_parts(self) -> int:
        return held_parts(self._part_size)

    # -- into the bucket

    def open(self) -> None:
        with self._reading:
            self._archive.seek(0)
            # What is still being sent out of an earlier buffer is not written over.
            self._md5s, self._arrived, self._upload = {}, {}, ""
            self._free, self._held = [], {}
        self._stored = self._bucket.find(self._name)
        if self._stored is not None:
            self._check_ours(self._stored)
            return
        self._upload = self._bucket.find_upload(self._name)
        if self._upload:
            self._arrived = self._bucket.parts(self._name, self._upload)
            return
        try:
            self._upload = self._bucket.begin_upload(self._name, self._artifact.digest)
        except EtagMismatch as error:  # another run was faster
            raise NotFound(error.answer) from error

    def read(self) -> Part | None:
        with self._reading:
            return self._next()

    def _next(self) -> Part | None:
        # The buffers are used again: memory that is given back in pieces of this size may stay taken.
        buffer = self._free.pop() if self._free else bytearray(self._part_size)
        size = self._archive.readinto(buffer)
        if not size:
            return None
        content = memoryview(buffer)[:size]
        number, md5 = len(self._md5s) + 1, md5_of(content)
        self._md5s[number] = md5
        if self._stored is None and self._arrived.get(number, ("", ""))[0] != md5:
            self._held[number] = buffer
            return Part(number, size, content, md5, there=False)
        self._free.append(buffer)
        return Part(number, size, memoryview(b""), md5, there=True)

    def send(self, part: Part) -> None:
        _, etag = self._arrived.get(part.number, ("", ""))
        # What another run, or a try whose answer was lost, has sent meanwhile stays: the commit looks at it.
        with suppress(EtagMismatch):
            self._bucket.send(self._name, self._upload, part, instead_of=etag)
        # An earlier try may send a part of the same number until now: its buffer is forgotten already.
        if self._held.get(part.number) is part.content.obj:
            self._free.append(self._held.pop(part.number))

    def commit(self) -> None:
        if self._stored is None:
            self._stored = self._committed()
        self._check_ours(self._stored)
        if self._stored.md5 != joined_md5(self._md5s):
            raise Failed(
                f"{self._place} holds something else than this content. Nothing was changed: delete it, and "
                "apply again"
            )

    def _committed(self) -> StoredObject:
        """The object, put together by us, or by another run meanwhile."""
        try:
            self._put_together()
        except EtagMismatch:
            self.abandon()
        except NotFound:
            pass  # It was put together, or dropped.
        stored = self._bucket.find(self._name)
        if stored is None:
            raise Failed(f"the upload of {self._place} was dropped by somebody; apply again")
        return stored

    def _put_together(self) -> None:
        arrived = self._bucket.parts(self._name, self._upload)
        wrong = [number for number, md5 in self._md5s.items() if arrived.get(number, ("", ""))[0] != md5]
        if wrong:
            raise Failed(f"part {wrong[0]} of {self._place} is not what was sent; apply again")
        etags = {number: arrived[number][1] for number in self._md5s}
        self._bucket.commit(self._name, self._upload, etags, sorted(arrived.keys() - etags.keys()))

    def _check_ours(self, stored: StoredObject) -> None:
        if (stored.mark, stored.size) != (self._artifact.digest, self.size()):
            raise Failed(
                f"{self._place} is in the way: it was not put there by this tool. Nothing was changed: move "
                "it, or set artifacts.prefix in the target"
            )

    def abandon(self) -> None:
        if self._upload and self._stored is None:
            with suppress(NotFound):
                self._bucket.abort(self._name, self._upload)

    # -- from there into the catalog

    def transfer(self, model: str, token: str) -> str:
        bucket = self._bucket
        return self._catalog.take(model, bucket.namespace, bucket.name, bucket.region, self._name, token)

    def check(self, model: str) -> None:
        size = self._catalog.size(model)
        if size != self.size():
            raise Failed(
                f"the catalog model {model} holds {size:,} bytes and not {self.size():,}: it is another "
                "content, and it cannot be changed. Delete that catalog model, and apply again"
            )

    def remove(self) -> None:
        stored = self._bucket.find(self._name)
        if stored is not None and stored.mark == self._artifact.digest:
            with suppress(NotFound, EtagMismatch):
                self._bucket.delete(self._name, stored.etag)

    def bucket_name(self) -> str:
        return self._bucket.name

    @property
    def _place(self) -> str:
        return f"{self._name} in the bucket {self._bucket.name}"
