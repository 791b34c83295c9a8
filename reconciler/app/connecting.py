"""Connects to a target, and puts the redactor around everything that comes from it."""

from dataclasses import dataclass

from reconciler.adapters.connect import connect, registries_of
from reconciler.adapters.oci.cloud import OciCloud
from reconciler.adapters.oci.examining import Examination
from reconciler.adapters.prediction.predict import Predictor
from reconciler.adapters.prediction.probe_requests import LiveProber
from reconciler.adapters.registry.of_target import TargetRegistries
from reconciler.app.redaction import Redaction, redacted
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.target import Target


@dataclass(frozen=True, slots=True)
class ReachedTarget:
    """A target that we are connected to. Every error is redacted, and what `cloud` returns, as far as
    `redacted` says. The answers of a model server to `predict` and `prober` are not, because they are
    compared; whoever prints them uses `redaction`.
    """

    cloud: OciCloud
    predict: Predictor
    prober: LiveProber
    registries: TargetRegistries
    redaction: Redaction
    examination: Examination

    def shown(self, answer: bytes) -> bytes:
        """What a model server answered, redacted."""
        return self.redaction.body(answer).encode()


def reach(workspace: Workspace, target: Target, say: Say) -> ReachedTarget:
    """Sign in to a target. If it is the emulator and does not run, it is started."""
    redaction = workspace.redaction
    with redaction.redacted_errors():
        connection = connect(target, say)
    return ReachedTarget(
        redacted(connection.cloud, redaction),
        redacted(connection.predict, redaction),
        redacted(connection.prober, redaction),
        redacted(connection.registries, redaction),
        redaction,
        redacted(connection.examination, redaction),
    )


def registries_for(workspace: Workspace, target: Target, say: Say) -> TargetRegistries:
    """The registries of a target that is not reached: it is signed in to only when OCI's own is asked."""
    return redacted(registries_of(target, say), workspace.redaction)
