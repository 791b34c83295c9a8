"""A target reached, behind the doors that keep secrets out of what it says."""

from dataclasses import dataclass

from reconciler.adapters.connect import connect
from reconciler.adapters.oci.cloud import OciCloud
from reconciler.adapters.prediction.predict import Predictor
from reconciler.adapters.prediction.probing import LiveProber
from reconciler.app.redaction import Redaction, redacted
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.target import Target


@dataclass(frozen=True, slots=True)
class ReachedTarget:
    """A target that is reached. What `cloud` says is fit to be shown, and what any of these raises; what a
    model server answers to `predict` and `prober` comes as it is, to be compared.
    """

    cloud: OciCloud
    predict: Predictor
    prober: LiveProber
    redaction: Redaction


def reach(workspace: Workspace, target: Target, say: Say) -> ReachedTarget:
    """Sign in to a target; the emulator is started when it is the target and does not run."""
    redaction = workspace.redaction
    with redaction.words():
        connection = connect(target, say)
    return ReachedTarget(
        redacted(connection.cloud, redaction),
        redacted(connection.predict, redaction),
        redacted(connection.prober, redaction),
        redaction,
    )
