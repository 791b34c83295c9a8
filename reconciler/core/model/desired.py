"""What one run desires: the specs of all its manifests, with the owner, the target and the limits."""

from dataclasses import dataclass, field

from reconciler.core.model.artifact import DIRECT_UPLOADS, DirectUploads
from reconciler.core.model.spec import Claim, Revision, Spec
from reconciler.core.model.target import ArtifactBucket, ImageBuilds, Safety


@dataclass(frozen=True, slots=True)
class Desired:
    """All that a run wants to be true.

    `others` are the claims of manifests that are not planned now. With `prune`, deployments of ours that
    no manifest claims are deleted. `only` limits the run to these names and OCIDs (empty: no limit): the
    specs are theirs, and orphans are deleted only when they are among them. `changed`, if
    given, are the names of all that the run may be about, for orphans too. `confirmed` are the names and
    OCIDs of deployments that may be deleted although they wait for a confirmation. `retry_failed` tries again
    what has failed before. With `applying`, a deployment that cannot be applied as planned is blocked.
    `image_builds` says whether an apply may build images; in a `tenancy` nothing runs without its image,
    which the local cloud does not need. Content that `direct` uploads do not take goes through the `bucket`.
    """

    target: str
    owner: str
    specs: tuple[Spec, ...]
    revision: Revision | None = None
    safety: Safety = field(default_factory=Safety)
    prune: bool = False
    confirmed: frozenset[str] = frozenset()
    retry_failed: bool = False
    only: frozenset[str] = frozenset()
    changed: frozenset[str] | None = None
    others: tuple[Claim, ...] = ()
    applying: bool = False
    image_builds: ImageBuilds = ImageBuilds.NEVER
    tenancy: bool = True
    bucket: ArtifactBucket | None = None
    direct: DirectUploads = DIRECT_UPLOADS

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What all manifests claim, planned or not."""
        return (*(spec.claim for spec in self.specs), *self.others)
