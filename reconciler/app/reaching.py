"""A target reached, behind the doors that keep secrets out of what it says."""

from dataclasses import dataclass

from reconciler.adapters.connect import connect
from reconciler.adapters.oci_cloud import OciCloud
from reconciler.adapters.predict import Predictor
from reconciler.adapters.probing import LiveProber
from reconciler.app.redaction import Redaction, redacted
from reconciler.app.workspace import Say, Workspace
from reconciler.core.target import Target


@dataclass(frozen=True, slots=True)
class Reached:
    """A target that is reached. What `cloud` says is fit to be shown, and what any of these raises; what a
    model server answers to `predict` and `prober` comes as it is, to be compared.
    """

    cloud: OciCloud
    predict: Predictor
    prober: LiveProber
    redaction: Redaction


def reach(workspace: Workspace, target: Target, say: Say) -> Reached:
    """Sign in to a target; the emulator is started when it is the target and does not run."""
    redaction = workspace.redaction
    with redaction.words():
        connection = connect(target, say)
    return Reached(
        redacted(connection.cloud, redaction),
        redacted(connection.predict, redaction),
        redacted(connection.prober, redaction),
        redaction,
    )
