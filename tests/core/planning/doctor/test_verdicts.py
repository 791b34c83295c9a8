"""What the facts of a checkup mean."""

import pytest

from reconciler.core.model.configuration import Instance, LogRef, Secret
from reconciler.core.model.errors import (
    NotAllowed,
    NotFound,
    ReconcilerError,
    ServiceAnswer,
    SetupError,
    Transient,
)
from reconciler.core.model.images.image import (
    ImageBuild,
    ImageFacts,
    ImageRequest,
    ImageSight,
    NoSuchImage,
    NotLookedUp,
    Platform,
)
from reconciler.core.model.live import Project
from reconciler.core.model.machines import Machines
from reconciler.core.model.target import ImageBuilds
from reconciler.core.model.views.checkup import (
    Check,
    CompartmentState,
    FirstAnswer,
    LimitLeft,
    LogState,
    OfferedShape,
    PrivateEndpointState,
    Route,
    ServiceLimits,
    Verdict,
)
from reconciler.core.planning.capacity.headroom import Headroom
from reconciler.core.planning.doctor import access, capacity, surroundings
from reconciler.core.planning.doctor.capacity import Wanted
from reconciler.core.planning.doctor.variables import STORAGE, TIMEOUT, Load, variables

FINE, WRONG, NOT_SEEN = Verdict.FINE, Verdict.WRONG, Verdict.NOT_SEEN
PLACE = "ocid1.compartment.oc1..one"
REFUSED = NotFound(ServiceAnswer("reading", 404, "NotAuthorizedOrNotFound", "not for you"))
FORBIDDEN = NotAllowed(ServiceAnswer("reading", 403, "NotAllowed", "no"))
UNKNOWN = NotAllowed(ServiceAnswer("reading", 401, "NotAuthenticated", "who are you?"))
SILENT = Transient(ServiceAnswer("reading", 0, "ConnectionError", "nobody"))


def verdicts(checks: list[Check]) -> list[Verdict]:
    return [check.verdict for check in checks]


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (FirstAnswer(0.0), FINE),
        (FirstAnswer(0.0, REFUSED), FINE),
        (FirstAnswer(0.0, FORBIDDEN), FINE),
        (FirstAnswer(0.0, UNKNOWN), WRONG),
        (FirstAnswer(None, SILENT), NOT_SEEN),
    ],
)
def test_sign_in(answer: FirstAnswer, verdict: Verdict) -> None:
    assert access.sign_in(answer, "auth: api-key").verdict is verdict


@pytest.mark.parametrize(
    ("skew", "verdict", "words"),
    [
        (0.4, FINE, "within a minute"),
        (-299.0, FINE, "5 minutes ahead of"),
        (301.0, WRONG, "5 minutes behind"),
        (-7200.0, WRONG, "120 minutes ahead of"),
        (None, NOT_SEEN, "no answer"),
    ],
)
def test_clock(skew: float | None, verdict: Verdict, words: str) -> None:
    check = access.clock(FirstAnswer(skew))
    assert check.verdict is verdict
    assert words in check.what


def test_a_key_may_be_right_when_the_clock_is_wrong() -> None:
    (advice,) = access.sign_in(FirstAnswer(3600.0, UNKNOWN), "auth: api-key").advice
    assert "clock first" in advice


@pytest.mark.parametrize(
    ("seen", "read", "verdict"),
    [
        (CompartmentState("ml", "ACTIVE"), None, FINE),
        (CompartmentState("ml", "DELETED"), None, WRONG),
        (REFUSED, None, NOT_SEEN),
        (REFUSED, REFUSED, WRONG),
        (SILENT, REFUSED, NOT_SEEN),
    ],
)
def test_compartment(
    seen: CompartmentState | ReconcilerError, read: ReconcilerError | None, verdict: Verdict
) -> None:
    assert access.compartment(seen, PLACE, {"list_models": read}).verdict is verdict


@pytest.mark.parametrize(
    ("seen", "listed", "verdict"),
    [
        (Project("ml", "ocid1.datascienceproject.oc1.iad.one"), None, FINE),
        (Project("ml", None, create=True), None, FINE),
        (Project("ml", None), None, WRONG),
        (SetupError("2 projects are named ml"), None, WRONG),
        (REFUSED, None, WRONG),
        (REFUSED, REFUSED, NOT_SEEN),
        (SILENT, None, NOT_SEEN),
    ],
)
def test_project(seen: Project | ReconcilerError, listed: ReconcilerError | None, verdict: Verdict) -> None:
    assert access.project(seen, listed).verdict is verdict


def reads(**errors: ReconcilerError) -> dict[str, ReconcilerError | None]:
    return {read.operation: errors.get(read.operation) for read in access.READS}


def test_policies_name_the_call_and_the_statement() -> None:
    assert verdicts(access.policies(reads(), PLACE, groups_wanted=True)) == [FINE]
    (check,) = access.policies(reads(list_models=FORBIDDEN), PLACE, groups_wanted=False)
    assert (check.verdict, check.what) == (WRONG, "list_models is refused: 403 NotAllowed: no")
    assert check.advice[0] == f"allow group GROUP to manage data-science-models in compartment id {PLACE}"
    (silent,) = access.policies(reads(list_models=SILENT), PLACE, groups_wanted=False)
    assert silent.verdict is NOT_SEEN


@pytest.mark.parametrize(("wanted", "verdict"), [(True, WRONG), (False, NOT_SEEN)])
def test_model_groups_are_needed_by_those_who_deploy_them(wanted: bool, verdict: Verdict) -> None:
    checks = access.policies(reads(list_model_groups=REFUSED), PLACE, groups_wanted=wanted)
    assert verdicts(checks) == [verdict]


# -- shapes and limits

OFFERED = {"VM.Standard.E4.Flex": OfferedShape(64, 1024), "VM.GPU.A10.2": OfferedShape(30, 480)}


def wanted(name: str, instance: Instance, instances: int, *, new: bool) -> Wanted:
    return Wanted(
        name,
        instance.shape,
        Headroom(instance, instances, None if new else Machines(instance, instances, instances)),
        new,
    )


CPUS = wanted("cpus", Instance("VM.Standard.E4.Flex", 4.0, 32.0), 2, new=False)
GPUS = wanted("gpus", Instance("VM.GPU.A10.2"), 3, new=True)


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        ("VM.Standard.E4.Flex", ("ds-standard-e4-core-count", "ds-standard-e4-memory-count")),
        ("VM.Standard2.8", ("ds-standard2-core-count", "ds-standard2-memory-count")),
        ("VM.GPU.A10.2", ("ds-gpu-a10-count",)),
        ("BM.GPU4.8", ("ds-gpu4-count",)),
        ("BM.GPU.A100-v2.8", ("ds-gpu-a100-v2-count",)),
    ],
)
def test_names_of_limits(shape: str, names: tuple[str, ...]) -> None:
    assert capacity.limit_names(shape) == names


def test_what_rolls_needs_all_its_instances_once_more() -> None:
    assert capacity.needs_of([CPUS, GPUS], OFFERED) == {
        "ds-standard-e4-core-count": 8.0,
        "ds-standard-e4-memory-count": 64.0,
        "ds-gpu-a10-count": 6.0,
        "model-deploy-count": 1.0,
    }


@pytest.mark.parametrize(
    ("left", "verdict"),
    [(LimitLeft(6), FINE), (LimitLeft(5.5), WRONG), (LimitLeft(None), NOT_SEEN), (REFUSED, NOT_SEEN)],
)
def test_limits(left: LimitLeft | ReconcilerError, verdict: Verdict) -> None:
    found = ServiceLimits(frozenset({"ds-gpu-a10-count"}), {"ds-gpu-a10-count": left})
    assert verdicts(capacity.limits([GPUS], OFFERED, found, PLACE)) == [verdict]


def test_what_nobody_knows_of_a_shape_is_not_guessed() -> None:
    """The service says how many OCPUs a shape has; of GPUs it says nothing."""
    new = wanted("new", Instance("VM.GPU.B900.7"), 2, new=False)
    plain = wanted("plain", Instance("VM.Standard9.4"), 2, new=False)
    offered = {"VM.Standard9.4": OfferedShape(4, 60)}
    assert capacity.needs_of([new, plain, new], offered) == {
        "ds-gpu-b900-count": None,
        "ds-standard9-core-count": 8.0,
        "ds-standard9-memory-count": 120.0,
    }
    found = ServiceLimits(frozenset({"ds-gpu-b900-count"}), {"ds-gpu-b900-count": LimitLeft(100)})
    assert verdicts(capacity.limits([new], offered, found, PLACE)) == [NOT_SEEN]


def test_a_limit_of_an_unknown_name_is_not_seen() -> None:
    assert verdicts(capacity.limits([GPUS], OFFERED, ServiceLimits(frozenset()), PLACE)) == [NOT_SEEN]
    (check,) = capacity.limits([GPUS], OFFERED, REFUSED, PLACE)
    assert (check.verdict, "read resource-availability" in check.advice[0]) == (NOT_SEEN, True)


def test_shapes() -> None:
    assert verdicts(capacity.shapes([CPUS, GPUS], OFFERED)) == [FINE]
    (check,) = capacity.shapes([CPUS], {"VM.Standard.E5.Flex": OfferedShape()})
    assert (check.verdict, check.advice) == (WRONG, ("Did you mean 'VM.Standard.E5.Flex'?",))
    assert verdicts(capacity.shapes([CPUS], SILENT)) == [NOT_SEEN]
    assert verdicts(capacity.shapes([CPUS], {})) == [NOT_SEEN]


# -- what is around a deployment

DIGEST = "sha256:" + "1" * 64
IMAGE = ImageRequest("iad.ocir.io/acme/triton", "1")
BUILT = ImageRequest("iad.ocir.io/acme/triton", "1", build=ImageBuild("2.51.0", ()))


@pytest.mark.parametrize(
    ("asked", "sight", "builds", "verdict"),
    [
        (IMAGE, ImageFacts(DIGEST, 1, Platform()), ImageBuilds.NEVER, FINE),
        (IMAGE, NoSuchImage("no tag 1"), ImageBuilds.ON_APPLY, WRONG),
        (BUILT, NoSuchImage("no tag 1"), ImageBuilds.ON_APPLY, FINE),
        (BUILT, NoSuchImage("no tag 1"), ImageBuilds.NEVER, WRONG),
        (IMAGE, NotLookedUp("no answer"), ImageBuilds.NEVER, NOT_SEEN),
        (IMAGE, None, ImageBuilds.NEVER, NOT_SEEN),
    ],
)
def test_images(asked: ImageRequest, sight: ImageSight | None, builds: ImageBuilds, verdict: Verdict) -> None:
    assert surroundings.image(asked, sight, builds, local=True).verdict is verdict


@pytest.mark.parametrize(
    ("seen", "group", "verdict", "words"),
    [
        (LogState("ACTIVE", "CUSTOM"), None, FINE, "ACTIVE"),
        (LogState("ACTIVE", "CUSTOM", enabled=False), None, WRONG, "disabled"),
        (LogState("ACTIVE", "SERVICE"), None, WRONG, "SERVICE"),
        (LogState("DELETING", "CUSTOM"), None, WRONG, "DELETING"),
        (REFUSED, None, WRONG, "no such log ("),
        (REFUSED, REFUSED, WRONG, "no such log group"),
        (SILENT, SILENT, NOT_SEEN, "nobody"),
    ],
)
def test_logs(
    seen: LogState | ReconcilerError, group: ReconcilerError | None, verdict: Verdict, words: str
) -> None:
    check = surroundings.log(LogRef("group", "log"), seen, group, PLACE)
    assert check.verdict is verdict
    assert words in check.what


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (PrivateEndpointState("ACTIVE", "MODEL_DEPLOYMENT"), FINE),
        (PrivateEndpointState("ACTIVE", "NOTEBOOK_SESSION"), WRONG),
        (PrivateEndpointState("FAILED", "MODEL_DEPLOYMENT"), WRONG),
        (REFUSED, WRONG),
        (SILENT, NOT_SEEN),
    ],
)
def test_private_endpoints(seen: PrivateEndpointState | ReconcilerError, verdict: Verdict) -> None:
    assert surroundings.private_endpoint("ocid1", seen, PLACE).verdict is verdict


@pytest.mark.parametrize(
    ("why", "private", "verdict"), [("", False, FINE), ("no name", False, WRONG), ("no name", True, NOT_SEEN)]
)
def test_routes(why: str, private: bool, verdict: Verdict) -> None:
    assert surroundings.route(Route("https://one", why), private).verdict is verdict


# -- variables

GB = 1_000_000_000


def load(image: int = 1, models: int = 1, gpus: int = 0, backend: str = "onnxruntime", **env: str) -> Load:
    return Load("m", image * GB, models * GB, frozenset({backend}), gpus, tuple(env.items()))


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (load(8, 8), [FINE]),
        (load(8, 9), [WRONG]),
        (load(8, 9, **{STORAGE: "17"}), [FINE]),
        (load(8, 9, **{STORAGE: "16"}), [WRONG]),
        (load(8, 9, **{STORAGE: "much"}), [WRONG]),
        (load(8, 9, **{STORAGE: Secret.of("SIZE")}), [FINE]),
        (load(8, 93, **{STORAGE: "300"}), [WRONG]),
        (load(8, 93, **{STORAGE: "300", TIMEOUT: "240"}), [FINE]),
        (load(**{TIMEOUT: "241"}), [WRONG]),
        (load(gpus=2, backend="tensorrtllm"), [WRONG]),
        (load(gpus=2, backend="tensorrtllm", SHM_SIZE="10g"), [FINE]),
        (load(gpus=1, backend="tensorrtllm"), [FINE]),
    ],
)
def test_variables(one: Load, expected: list[Verdict]) -> None:
    assert verdicts(variables([one])) == expected
