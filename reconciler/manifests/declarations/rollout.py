"""How updates are made and proven, and what may be done to the deployment, as a manifest declares it:
`spec.rollout` and `spec.policy`. It is a part of `declarations.model_deployment`.
"""

from dataclasses import dataclass
from typing import Annotated

from reconciler.core.model.proof.probes import DEFAULT_TOLERANCE, OK
from reconciler.core.model.spec import Downtime, ModelGroupUpdate, OnFailure, Prune, VersionChange
from reconciler.manifests.schema.formats import FullText, Latency, ModelName, PathText
from reconciler.manifests.schema.notes import Between, Doc

PREDICT_DOC = "OCI documentation: Model Deployments, invoking a model deployment"
"""Where the limits of a request are."""


@dataclass(frozen=True, slots=True)
class ManifestProbe:
    """An inference request with an expected answer."""

    model: Annotated[str, Doc("The model that is asked."), ModelName]
    input: Annotated[PathText, Doc("The request's body: a JSON file (a path relative to this manifest).")]
    version: Annotated[
        int | None, Doc("The version that is asked; left out, any."), Between(0, 2**63 - 1)
    ] = None
    expect: Annotated[
        PathText | None,
        Doc("A JSON file with the answer: `outputs` with `name` and `data`. Other outputs do not count."),
    ] = None
    tolerance: Annotated[
        float, Doc("How far a number may be off: absolute, and relative above 1."), Between(low=0)
    ] = DEFAULT_TOLERANCE
    status: Annotated[int, Doc("The HTTP status of the answer."), Between(100, 599)] = OK
    latency: Annotated[str | None, Doc("The most that the answer may take.", ("500ms", "2s")), Latency] = None


@dataclass(frozen=True, slots=True)
class ManifestRollout:
    """How updates are done."""

    downtime: Annotated[
        Downtime, Doc("May an update make a serving deployment stop serving for a while?")
    ] = Downtime.NEVER
    versions: Annotated[
        VersionChange, Doc("May an update add versions of models beside those that are served?")
    ] = VersionChange.KEEP
    tensor_changes: Annotated[
        tuple[Annotated[str, ModelName], ...],
        Doc("Models whose tensors may change under a version number that is in use."),
    ] = ()
    on_failure: Annotated[OnFailure, Doc("What follows when an update, or its probes, fail.")] = (
        OnFailure.ROLLBACK
    )
    update: Annotated[
        ModelGroupUpdate, Doc("For model groups: replace the instances (zdt), or the models on them (live).")
    ] = ModelGroupUpdate.ZDT
    probes: Annotated[tuple[ManifestProbe, ...], Doc("Requests that are sent after each update.")] = ()


@dataclass(frozen=True, slots=True)
class ManifestPolicy:
    """What may be done to the deployment."""

    paused: Annotated[bool, Doc("Nothing is changed while this is true.")] = False
    protect: Annotated[
        bool | None,
        Doc("true: it is never deleted. That stays when the line is removed; false takes it back."),
    ] = None
    prune: Annotated[
        Prune | None,
        Doc(
            "When no manifest names it any more: delete it (auto), delete it only when told to (confirm), or "
            "take our marks off and let it run on (release)."
        ),
    ] = None
    ignore: Annotated[
        tuple[Annotated[str, FullText], ...],
        Doc("JSON pointers into the manifest: what is live at these places stays as it is."),
    ] = ()
