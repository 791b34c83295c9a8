"""Which way content goes into the catalog: directly, or through a bucket. It loads no SDK."""

from dataclasses import dataclass

from reconciler.adapters.archive.archive import Archive
from reconciler.adapters.archive.zip_format import ZipMember, total_length
from reconciler.adapters.http.fetch import Fetch
from reconciler.adapters.oci.object_storage.parts import SMALLEST_PART
from reconciler.core.model.artifact import DIRECT_UPLOADS, Artifact, DirectUploads
from reconciler.core.model.errors import Failed
from reconciler.core.model.target import ArtifactBucket


@dataclass(frozen=True, slots=True)
class ContentWay:
    """The `bucket` of the target, and what goes without it. `part` is how many bytes are sent in one request,
    as far as 10,000 requests are enough for all.
    """

    bucket: ArtifactBucket | None = None
    direct: DirectUploads = DIRECT_UPLOADS
    part: int = SMALLEST_PART

    def bucket_for(self, artifact: Artifact, fetch: Fetch) -> ArtifactBucket | None:
        """The bucket that this content goes through; None for content that is sent directly. Raises Failed
        for content that is too large for that, where there is no bucket.
        """
        size = _packed(artifact, fetch)
        if self.direct.allow(size, bucket=self.bucket is not None):
            return None
        if self.bucket is None:
            raise Failed(
                f"the content has {size:,} bytes, and one upload to the model catalog takes "
                f"{self.direct.most:,} at most. Nothing was sent: give the target in reconciler.yaml a "
                "bucket (artifacts: {bucket: NAME}), or make the models smaller"
            )
        return self.bucket


def _packed(artifact: Artifact, fetch: Fetch) -> int:
    """Bytes of the archive. Files of unknown size are fetched for that."""
    members = [ZipMember(entry.path, entry.size) for entry in artifact.entries if entry.size is not None]
    known = len(members) == len(artifact.entries)
    return total_length(members) if known else len(Archive(artifact, fetch))


DIRECTLY = ContentWay()
"""For a target without a bucket."""
