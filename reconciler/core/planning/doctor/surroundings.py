"""Images, logs and routes: what a deployment finds around it. Pure."""

from collections.abc import Mapping

from reconciler.core.model.configuration import LogRef
from reconciler.core.model.errors import ReconcilerError
from reconciler.core.model.images.image import ImageFacts, ImageRequest, ImageSight, NoSuchImage, NotLookedUp
from reconciler.core.model.target import ImageBuilds
from reconciler.core.model.views.checkup import (
    Check,
    LogState,
    PrivateEndpointState,
    Route,
    Topic,
    fine,
    not_seen,
    wrong,
)
from reconciler.core.planning.doctor.words import answer_words, is_refusal, statement, unanswered
from reconciler.core.planning.images.hosts import is_ocir

SHORT = len("sha256:") + 12


def image(asked: ImageRequest, sight: ImageSight | None, builds: ImageBuilds, local: bool) -> Check:
    """Whether an image can be pulled, and by which digest."""
    name = asked.reference
    match sight:
        case ImageFacts() as facts:
            pinned = "pinned" if facts.pinned_by(asked.digest) else "deployed by that digest"
            return fine(Topic.IMAGES, f"{name} is {facts.digest[:SHORT]}, {pinned}")
        case NoSuchImage(why=why) if asked.build and builds is ImageBuilds.ON_APPLY:
            return fine(Topic.IMAGES, f"{name} is not there yet ({why}): apply builds and pushes it")
        case NoSuchImage(why=why):
            make = "Build and push it: reconcile image build, reconcile image push." if asked.build else ""
            read = "Check its name and tag, and that whoever signs in may read the repository."
            return wrong(Topic.IMAGES, f"{name}: {why}", make or read)
        case NotLookedUp(why=why):
            return not_seen(
                Topic.IMAGES, f"{name}: {why}", "Check the way to the registry, and the sign-in to it."
            )
        case None if local:
            what = f"{name}: the local cloud knows no such image, and takes any"
            return not_seen(Topic.IMAGES, what, "Check it on the target that is to pull it.")
        case None:
            return not_seen(Topic.IMAGES, f"{name}: nobody can say")


def needs_sign_in(asked: ImageRequest) -> bool:
    """Whether nobody is told of an image who has not signed in to the target."""
    return is_ocir(asked.reference.partition("/")[0])


def log(asked: LogRef, seen: LogState | ReconcilerError, group: ReconcilerError | None, place: str) -> Check:
    """Whether a log that a manifest names takes what is written. `group` is why its group cannot be read, if
    so; `place` the compartment, for the policy that allows to look.
    """
    name = f"{asked.log} in {asked.group}"
    if isinstance(seen, LogState):
        return _log_state(name, seen)
    if not is_refusal(seen):
        return unanswered(Topic.LOGS, name, seen)
    if is_refusal(group):
        what = f"{name}: there is no such log group, or it may not be read ({answer_words(seen)})"
    else:
        what = f"{name}: the log group has no such log ({answer_words(seen)})"
    look = f"Whoever signs in has to see it: {statement('read', 'log-groups', place)}"
    return wrong(Topic.LOGS, what, "Name a custom log that is there in spec.logs.", look)


def _log_state(name: str, seen: LogState) -> Check:
    if seen.state != "ACTIVE":
        return wrong(Topic.LOGS, f"{name} is {seen.state}", "Name one that is ACTIVE.")
    if not seen.enabled:
        return wrong(Topic.LOGS, f"{name} is disabled: nothing is written", "Enable it, or name another.")
    if seen.kind != "CUSTOM":
        what = f"{name} is of the type {seen.kind}"
        return wrong(Topic.LOGS, what, "Deployments write to CUSTOM logs (docs/service.md §4.6): make one.")
    return fine(Topic.LOGS, f"{name} is ACTIVE and enabled")


def private_endpoint(ocid: str, seen: PrivateEndpointState | ReconcilerError, place: str) -> Check:
    """Whether a private endpoint that a manifest names is there, and is one for deployments."""
    if isinstance(seen, ReconcilerError):
        if not is_refusal(seen):
            return unanswered(Topic.NETWORK, ocid, seen)
        allowed = statement("read", "data-science-private-endpoints", place)
        advice = "Set spec.network.privateEndpoint to one that is there."
        return wrong(Topic.NETWORK, f"{ocid}: {answer_words(seen)}", advice, f"Or allow to see it: {allowed}")
    if seen.state != "ACTIVE":
        return wrong(Topic.NETWORK, f"{ocid} is {seen.state}", "Name one that is ACTIVE.")
    if seen.serves != "MODEL_DEPLOYMENT":
        what = f"{ocid} is a private endpoint for {seen.serves}"
        return wrong(Topic.NETWORK, what, "Make one for model deployments, and name that.")
    return fine(Topic.NETWORK, f"{ocid} is ACTIVE")


def route(seen: Route, private: bool) -> Check:
    """Whether requests get from here to where a deployment answers. A `private` endpoint is closed to
    everybody outside of its network.
    """
    if not seen.why:
        return fine(Topic.NETWORK, f"{seen.address} answers here")
    what = f"no route from here to {seen.address}: {seen.why}"
    if private:
        advice = "It answers in its own network alone: probes, predict and status --probe have to run there."
        return not_seen(Topic.NETWORK, what, advice)
    advice = (
        "Check name resolution, firewall and HTTPS_PROXY: probes, predict and status --probe take this way."
    )
    return wrong(Topic.NETWORK, what, advice)


def subnet(ocid: str) -> Check:
    """What nobody can see of a subnet from here."""
    return not_seen(
        Topic.NETWORK,
        f"{ocid}: what is free in the subnet, and where it leads, is not seen from here",
        "It needs 127 free addresses and a gateway (docs/service.md §1.6).",
        "allow service datascience to use virtual-network-family in compartment id COMPARTMENT-OF-THE-SUBNET",
    )


def by_log(
    logs: Mapping[LogRef, tuple[LogState | ReconcilerError, ReconcilerError | None]], place: str
) -> list[Check]:
    """The checks of all logs."""
    if not logs:
        return [fine(Topic.LOGS, "no manifest names any")]
    return [log(asked, seen, group, place) for asked, (seen, group) in logs.items()]
