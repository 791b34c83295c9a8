"""What the manifests of a story ask for, small enough to be edited by a number, and the specs made of it."""

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from reconciler.core.model.artifact import Artifact, Entry, Inline, make_artifact
from reconciler.core.model.configuration import (
    CONTAINER_TYPE,
    TRITON,
    Autoscaling,
    Bandwidth,
    Configuration,
    Container,
    FixedScaling,
    Instance,
    LogRef,
    Logs,
    Metric,
    Scaling,
    Secret,
    ThresholdRule,
)
from reconciler.core.model.desired import Desired
from reconciler.core.model.findings import Location
from reconciler.core.model.proof.probes import File, Probe
from reconciler.core.model.spec import (
    Claim,
    Downtime,
    Hold,
    OnFailure,
    Policy,
    Revision,
    Rollout,
    Spec,
    VersionChange,
)
from reconciler.core.model.target import Safety
from tests.support.drive import OWNER
from tests.support.worlds import grouped

NAMES = ("a", "b", "c", "d", "e")
SECRET = "hunter2-never-tell"

ONE, OTHER, MORE = frozenset({("m", 1)}), frozenset({("m", 2)}), frozenset({("m", 1), ("m", 2)})
CONTENTS = {
    "good0": ONE,
    "good1": ONE,
    "good2": ONE,
    "wrong": ONE,
    "broken": ONE,
    "other": OTHER,
    "more": MORE,
}
"""`wrong` loads and answers wrongly, `broken` does not load, `other` and `more` serve other versions."""

IN, OUT = "in.json", "out.json"
RIGHT, WRONG = (json.dumps({"outputs": [{"name": "y", "data": [value]}]}).encode() for value in (7.0, 8.0))
PROBE = Probe("m", File(IN, "0" * 64), expect=File(OUT, "1" * 64))
FILES = {IN: b"{}", OUT: RIGHT}


@cache
def artifact(content: str) -> Artifact:
    digest = hashlib.sha256(content.encode()).hexdigest()
    entry = Entry("m/1/model.onnx", digest, len(content), Inline(content))
    return make_artifact([entry], CONTENTS[content])


@dataclass(frozen=True)
class Wish:
    """One manifest."""

    content: str = "good0"
    description: str = "0"
    label: str = "0"
    variable: str = "0"
    secret: bool = False
    image: str = "0"
    instances: int = 1
    automatic: bool = False
    ocpus: float = 1.0
    bandwidth: int = 10
    log: str = "0"
    downtime: bool = False
    additive: bool = False
    probes: bool = False
    stop: bool = False
    """Left as it is after a failure."""
    active: bool = True
    paused: bool = False
    group: bool = False
    previous: str = ""


Wishes = tuple[tuple[str, Wish], ...]
"""All manifests of a commit, by name."""

GOOD_CONTENTS = ("good0", "good1", "good2", "more", "other", "wrong", "broken")
VALUES = {
    "content": (*("good0", "good1", "good2") * 3, "wrong", "wrong", "broken", "other", "more"),
    "description": ("0", "1", "2"),
    "label": ("0", "1"),
    "variable": ("0", "1", "2"),
    "secret": (False, True),
    "image": ("0", "1"),
    "instances": (1, 2, 3),
    "automatic": (False, True),
    "ocpus": (1.0, 2.0),
    "bandwidth": (10, 20),
    "log": ("0", "1"),
    "downtime": (False, True),
    "additive": (False, True),
    "probes": (False, True, True),
    "stop": (False, False, True),
    "active": (True, True, False),
    "paused": (False, False, False, True),
    "previous": ("", "", *NAMES),
}
FIELDS = ("content", "content", "content", "variable", "image", *VALUES)


@dataclass(frozen=True)
class Edit:
    """One edit of the manifests: a field of one of them, or `add`, `remove`, `rename` (with renamedFrom or
    without). The numbers choose.
    """

    what: str
    which: int
    value: int

    def apply(self, wishes: Wishes) -> Wishes:
        found = dict(wishes)
        names = sorted(found)
        free = [name for name in NAMES if name not in found]
        name = names[self.which % len(names)] if names else ""
        match self.what:
            case "add" if free:
                new = free[self.which % len(free)]
                content = VALUES["content"][self.value % len(VALUES["content"])]
                found[new] = Wish(content=content, probes=self.value % 3 == 0, group=self.value % 7 == 0)
            case "remove" if len(names) > 1:
                del found[name]
            case "rename" if names and free:
                previous = name if self.value % 3 else ""
                found[free[self.value % len(free)]] = replace(found.pop(name), previous=previous)
            case field if field in VALUES and names:
                value = VALUES[field][self.value % len(VALUES[field])]
                found[name] = replace(found[name], **{field: "" if value == name else value})
        return tuple(sorted(found.items()))


@lru_cache(maxsize=20_000)
def spec_of(name: str, wish: Wish) -> Spec:
    variables: list[tuple[str, str | Secret]] = [(CONTAINER_TYPE, TRITON), ("LEVEL", wish.variable)]
    variables += [("TOKEN", Secret("env.TOKEN", SECRET))] if wish.secret else []
    rule = ThresholdRule(Metric.CPU, 70, 20)
    scaling: Scaling = FixedScaling(wish.instances)
    if wish.automatic:
        scaling = Autoscaling(wish.instances, wish.instances + 2, rule)
    built = artifact(wish.content)
    configuration = Configuration(
        name=name,
        artifact=built.digest,
        container=Container(f"iad.ocir.io/t/x:{wish.image}", environment=tuple(sorted(variables))),
        instance=Instance("VM.Standard.E4.Flex", wish.ocpus, 16.0),
        scaling=scaling,
        description=wish.description,
        labels=(("team", wish.label),),
        bandwidth=Bandwidth(wish.bandwidth),
        logs=Logs(predict=LogRef("ocid1.loggroup.oc1.iad.g", f"ocid1.log.oc1.iad.{wish.log}")),
    )
    rollout = Rollout(
        downtime=Downtime.ALLOW if wish.downtime else Downtime.NEVER,
        versions=VersionChange.ADDITIVE if wish.additive else VersionChange.KEEP,
        probes=(PROBE,) if wish.probes else (),
        on_failure=OnFailure.STOP if wish.stop else OnFailure.ROLLBACK,
    )
    where = Location(f"manifests/{name}.yaml", 1, 1)
    policy = Policy(paused=wish.paused)
    plain = Spec(name, where, configuration, built, rollout, policy, wish.active, renamed_from=wish.previous)
    return grouped(plain) if wish.group else plain


def gone_back(now: Wishes, then: Wishes) -> Desired | None:
    """What a rollback to `then` asks for while the manifests say `now`; None where nothing is refused."""
    commit, past, others = hashlib.sha1(repr(then).encode()).hexdigest(), dict(then), list[Claim]()
    specs = []
    for name, wish in now:
        good, bad = spec_of(name, past.get(name, wish)), spec_of(name, wish)
        if good.refused_mark == bad.refused_mark:
            others.append(bad.claim)
        else:
            specs.append(replace(good, hold=Hold(bad.refused_mark, commit)))
    only = frozenset(spec.name for spec in specs)
    asked = Desired("test", OWNER, tuple(specs), Revision(commit), retry_failed=True, only=only)
    return replace(asked, others=tuple(others)) if specs else None


def desired(wishes: Wishes, again: bool) -> Desired:
    """The same manifests are of the same commit."""
    commit = hashlib.sha1(repr(wishes).encode()).hexdigest()
    specs = tuple(spec_of(name, wish) for name, wish in wishes)
    return Desired("test", OWNER, specs, Revision(commit), Safety(max_deletes=99), True, retry_failed=again)
