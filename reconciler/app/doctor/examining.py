"""doctor, from the manifests to all checks. It never stops at the first: what depends on something that is
wrong is not seen, and says so.
"""

from collections.abc import Collection, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from reconciler.app.connecting import ReachedTarget, reach
from reconciler.app.doctor.asking import Asking, asking
from reconciler.app.doctor.manifests import ReadManifests, loads_of, read_manifests, wanted_by
from reconciler.app.images.looking import WantedImage, look_at_images
from reconciler.app.workspace import Say, Workspace
from reconciler.core.model.configuration import DeploymentType
from reconciler.core.model.errors import ReconcilerError
from reconciler.core.model.images.image import ImageSight, platform_of
from reconciler.core.model.live import SERVING, Live
from reconciler.core.model.target import EmulatorTarget, OciTarget, Target
from reconciler.core.model.views.checkup import (
    OFFLINE,
    Check,
    Checkup,
    FirstAnswer,
    Route,
    ServiceLimits,
    Topic,
    Verdict,
    not_seen,
)
from reconciler.core.planning.doctor import access, capacity, surroundings
from reconciler.core.planning.doctor.variables import variables
from reconciler.manifests.spec_draft import SpecDraft

ORDER = list(Topic)
OF_MANIFESTS = (Topic.VARIABLES, Topic.SHAPES, Topic.LIMITS, Topic.IMAGES, Topic.LOGS)
"""What only manifests tell whether it is needed."""

IN_COMPARTMENT = (Topic.PROJECT, Topic.POLICIES, Topic.SHAPES, Topic.LIMITS)


def examine(workspace: Workspace, target: Target, paths: Sequence[Path], say: Say) -> Checkup:
    """Look at everything that the manifests need of this target."""
    manifests = read_manifests(workspace, target, paths)
    workspace.redaction.declare(manifests.declared)
    say("signing in")
    checks = [*manifests.checks]
    try:
        reached = reach(workspace, target, say)
    except ReconcilerError as error:
        checks += [access.sign_in_failed(error), *_without_sign_in(workspace, target, None, manifests, say)]
        return _checkup(target, manifests, checks)
    first = reached.examination.first_answer()
    signed_in = access.sign_in(first, _how(target))
    checks += [signed_in, access.clock(first)]
    if signed_in.verdict is Verdict.FINE:
        checks += _signed_in(workspace, target, reached, manifests, say)
    else:
        rest = _without_sign_in(workspace, target, reached, manifests, say)
        checks += _way_to_service(reached, first, rest)
    return _checkup(target, manifests, checks)


def _checkup(target: Target, manifests: ReadManifests, checks: Sequence[Check]) -> Checkup:
    if not manifests.drafts:
        unknown = [not_seen(topic, "no valid manifest says what it takes") for topic in OF_MANIFESTS]
        checks = [*(check for check in checks if check.topic not in OF_MANIFESTS), *unknown]
    return Checkup(target.name, tuple(sorted(checks, key=lambda check: ORDER.index(check.topic))))


def _how(target: Target) -> str:
    match target:
        case EmulatorTarget():
            return "the key of the local cloud"
        case OciTarget(auth=auth):
            return f"auth: {auth}"


def _without_sign_in(
    workspace: Workspace, target: Target, reached: ReachedTarget | None, manifests: ReadManifests, say: Say
) -> list[Check]:
    """What can be said of all topics without a sign-in."""
    first = "the sign-in comes first"
    images = [draft.image for draft in manifests.drafts]
    closed = dict.fromkeys(image.reference for image in images if surroundings.needs_sign_in(image))
    open_drafts = [draft for draft in manifests.drafts if not surroundings.needs_sign_in(draft.image)]
    sights = _sights(workspace, target, reached, open_drafts, say)
    told = OFFLINE | {Topic.SIGN_IN} | (set() if reached is None else {Topic.CLOCK})
    told |= {Topic.BUCKET} if target.artifacts is None else set()
    return [
        *_image_checks(workspace, target, sights),
        *(not_seen(Topic.IMAGES, f"{name}: {first}") for name in closed),
        *variables(loads_of(manifests.drafts, sights)),
        *(not_seen(topic, first) for topic in ORDER if topic not in told),
    ]


def _way_to_service(reached: ReachedTarget, first: FirstAnswer, checks: Sequence[Check]) -> list[Check]:
    """The checks. Where no answer came at all, one of them says whether there is a way to the service."""
    way = reached.examination.route(_origin(reached.examination.endpoint())) if first.skew is None else None
    if way is None or not way.why:
        return [*checks]
    others = (check for check in checks if check.topic is not Topic.NETWORK)
    return [*others, surroundings.route(way, private=False)]


def _signed_in(
    workspace: Workspace, target: Target, reached: ReachedTarget, manifests: ReadManifests, say: Say
) -> list[Check]:
    say("reading what the manifests need")
    with asking(reached.examination) as ask:
        look = reached.examination
        reads = {read.operation: ask.of(look.read, read.operation) for read in access.READS}
        compartment, project = ask.of(look.compartment_state), ask.of(reached.cloud.project)
        buckets = [(one.name, ask.of(look.bucket, one)) for one in (target.artifacts,) if one is not None]
        live, shapes = ask.of(reached.cloud.deployments), ask.of(look.shapes)
        names = ask.of(look.limit_names)
        logs = {log: ask.log(log) for log in manifests.logs}
        private = {ocid: ask.of(look.private_endpoint, ocid) for ocid in manifests.private_endpoints}
        sights = _sights(workspace, target, reached, manifests.drafts, say)
        found, place = live.result(), look.compartment
        deployments = found if not isinstance(found, ReconcilerError) else ()
        offered = shapes.result()
        known = {} if isinstance(offered, ReconcilerError) else offered
        wanted = wanted_by(manifests.drafts, deployments)
        addresses = _addresses(target, reached, manifests, deployments)
        routes = [(ask.of(look.route, address), is_private) for address, is_private in addresses]
        limits = _limits(ask, names.result(), capacity.needs_of(wanted, known))
        asked = {operation: answer.result() for operation, answer in reads.items()}
        groups = any(draft.configuration.kind is DeploymentType.MODEL_GROUP for draft in manifests.drafts)
        place_seen = access.compartment(compartment.result(), place, asked)
        checks = [
            place_seen,
            access.project(project.result(), asked["list_projects"]),
            *(access.bucket(name, answer.result()) for name, answer in buckets),
            *access.policies(asked, place, groups),
            *variables(loads_of(manifests.drafts, sights)),
            *capacity.shapes(wanted, offered),
            *capacity.limits(wanted, known, limits, place),
            *_image_checks(workspace, target, sights),
            *surroundings.by_log({log: answer.result() for log, answer in logs.items()}, place),
            *(surroundings.private_endpoint(ocid, one.result(), place) for ocid, one in private.items()),
            *(surroundings.subnet(ocid) for ocid in manifests.subnets),
            *(_route_check(answer.result(), is_private) for answer, is_private in routes),
        ]
    return checks if place_seen.verdict is not Verdict.WRONG else _without_compartment(checks)


def _without_compartment(checks: Sequence[Check]) -> list[Check]:
    """The checks, where nothing can be said of what is in the compartment."""
    unseen = [not_seen(topic, "the compartment comes first") for topic in IN_COMPARTMENT]
    return [*(check for check in checks if check.topic not in IN_COMPARTMENT), *unseen]


def _limits(
    ask: Asking, names: frozenset[str] | ReconcilerError, needs: Collection[str]
) -> ServiceLimits | ReconcilerError:
    if isinstance(names, ReconcilerError):
        return names
    asked = {name: ask.of(ask.examination.limit_left, name) for name in needs if name in names}
    return ServiceLimits(names, {name: answer.result() for name, answer in asked.items()})


def _sights(
    workspace: Workspace, target: Target, reached: ReachedTarget | None, drafts: Sequence[SpecDraft], say: Say
) -> dict[WantedImage, ImageSight | None]:
    wanted = [(draft.image, platform_of(draft.configuration.instance.shape)) for draft in drafts]
    return look_at_images(workspace, target, reached, wanted, say)


def _image_checks(
    workspace: Workspace, target: Target, sights: dict[WantedImage, ImageSight | None]
) -> list[Check]:
    builds, local = workspace.settings.image_builds, isinstance(target, EmulatorTarget)
    checks = (surroundings.image(asked, sight, builds, local) for (asked, _), sight in sights.items())
    return [*dict.fromkeys(checks)]


def _addresses(
    target: Target, reached: ReachedTarget, manifests: ReadManifests, deployments: Sequence[Live]
) -> list[tuple[str, bool]]:
    """Where deployments of the manifests answer, or will, each host once; and whether that is closed to
    everybody outside of a network.
    """
    names = {draft.name for draft in manifests.drafts}
    serving = [live for live in deployments if live.name in names and live.state in SERVING and live.url]
    found: dict[str, bool] = {}
    for live in serving:
        network = live.configuration.network if live.configuration else None
        found.setdefault(_origin(live.url), bool(network and network.private_endpoint))
    if not found:
        found[_usual_address(target, reached)] = bool(manifests.private_endpoints)
    return list(found.items())


def _usual_address(target: Target, reached: ReachedTarget) -> str:
    """Where the first deployment will answer (docs/service.md §1.6, modelDeploymentUrl)."""
    match target:
        case OciTarget(region=region):
            return f"https://modeldeployment.{region}.oci.customer-oci.com"
        case EmulatorTarget():
            return _origin(reached.examination.endpoint())


def _origin(url: str) -> str:
    """The part of a URL before its path."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _route_check(found: Route | ReconcilerError, private: bool) -> Check:
    if isinstance(found, ReconcilerError):
        return not_seen(Topic.NETWORK, str(found))
    return surroundings.route(found, private)
