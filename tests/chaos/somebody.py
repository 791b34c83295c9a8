"""Somebody else, at the console: edits what is ours, and has deployments of their own."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.core.model.configuration import Configuration, FixedScaling
from reconciler.core.model.errors import CloudError
from reconciler.core.model.live import GONE, IN_FLIGHT, CatalogModel, Live, Marks, State
from reconciler.core.planning.diff.option_groups import OptionGroup
from tests.chaos.manifests import NAMES, spec_of
from tests.chaos.manifests import Wish as AnyWish
from tests.chaos.port import named
from tests.support.deployment_updates import update_of
from tests.support.drive import OWNER
from tests.support.memory_catalog import answer

if TYPE_CHECKING:
    from tests.chaos.world import World

THEIRS = "ocid1.model.theirs"


@dataclass(frozen=True)
class Edited:
    """What somebody did to a deployment of ours, when, and how to tell that it stands."""

    at: float
    ocid: str
    name: str
    what: str
    stands: Callable[[Live], bool]


@dataclass
class Somebody:
    """`made` are the deployments that somebody created, as they should still be."""

    world: "World"
    edited: list[Edited] = field(default_factory=list)
    made: dict[str, Live] = field(default_factory=dict)
    count: int = 0

    def acts(self, what: str, which: int) -> bool:
        """False when it has to be tried again: what is chosen is busy."""
        cloud = self.world.cloud
        cloud.tick()
        if what == "squat":
            return self._squats(NAMES[which % len(NAMES)], which)
        if what in ("settle-down", "tidy"):
            return self._cares_for_their_own(what, which)
        ours = [live for ocid, live in sorted(cloud.deployments.items()) if self._is_ours(live)]
        if not ours:
            return True
        live = ours[which % len(ours)]
        if live.state in IN_FLIGHT:
            return False
        if what == "copy":
            return self._copies(live)
        self.edits(live.ocid, what)
        return True

    def _is_ours(self, live: Live) -> bool:
        return live.marks.owner == OWNER and live.state not in GONE and live.ocid not in self.made

    # -- what is ours

    def edits(self, ocid: str, what: str, at_once: bool = False) -> None:
        """As far as the service lets them now. `at_once`: the work is over before anybody else can write."""
        cloud, now = self.world.cloud, self.world.loop.time()
        live, etag = cloud.deployments[ocid], cloud.etags[ocid]
        if ocid in self.made:
            return
        doom, cloud.doom = cloud.doom, ""
        try:
            match what:
                case "stop":
                    cloud.deactivate_deployment(ocid, etag)
                    stands = _in(State.INACTIVE)
                case "start":
                    cloud.activate_deployment(ocid, etag)
                    stands = _in(State.ACTIVE)
                case "delete":
                    cloud.delete_deployment(ocid, etag)
                    stands = _in(*GONE)
                case _:
                    stands = self._updates(live, etag, what)
        except CloudError:
            return
        finally:
            cloud.doom = doom
        if at_once:
            cloud.hurry(ocid)
        self.edited.append(Edited(now, ocid, named(live), what, stands))
        self.world.note(f"somebody {what} {named(live)} {ocid}")

    def _updates(self, live: Live, etag: str, what: str) -> Callable[[Live], bool]:
        cloud = self.world.cloud
        self.count += 1
        old, model, value = live.configuration, live.model_id or "", f"foreign {self.count}"
        assert old is not None
        if what == "model":
            others = [one for one in sorted(cloud.contents) if one != model and self._fits(one, live)]
            if not others:
                raise CloudError(answer("somebody", 400, "NothingToDo"))
            model = others[self.count % len(others)]
        new, group = _edited(old, what, value, self.count)
        cloud.update_deployment(update_of(live.ocid, (group,), new, live.marks), model, etag)
        return {
            "description": lambda now: bool(now.configuration and now.configuration.description == value),
            "label": lambda now: ("console", value) in now.configuration.labels,
            "variable": lambda now: ("LEVEL", value) in now.configuration.container.environment,
            "scale": lambda now: now.configuration.scaling == new.scaling,
            "model": lambda now: now.model_id == model,
        }[what]

    def _fits(self, model: str, live: Live) -> bool:
        cloud = self.world.cloud
        single = cloud.models[model].active and not cloud.models[live.model_id or ""].is_model_group
        return single and cloud.content(model).startswith("good")

    # -- what is theirs

    def _squats(self, name: str, which: int) -> bool:
        cloud = self.world.cloud
        digest = "sha256:theirs"
        cloud.models.setdefault(THEIRS, CatalogModel(THEIRS, "theirs", True, "other", "x", digest))
        cloud.contents[THEIRS] = digest
        marks = Marks() if which % 2 else Marks("other", name, "x")
        self._places(replace(spec_of(name, AnyWish()).configuration, description="theirs"), THEIRS, marks)
        return True

    def _copies(self, live: Live) -> bool:
        """A copy in the console takes the tags with it, our marks too."""
        assert live.configuration is not None
        self._places(live.configuration, live.model_id or "", live.marks)
        return True

    def _places(self, configuration: Configuration, model: str, marks: Marks) -> None:
        cloud = self.world.cloud
        self.count += 1
        ocid = f"ocid1.deployment.theirs{self.count}"
        live = Live(
            ocid,
            configuration.name,
            State.ACTIVE,
            cloud._as_service(configuration),
            model,
            cloud.project.ocid or "",
            marks,
            configuration.kind,
            f"memory://{ocid}",
        )
        cloud.put(live)
        self.made[ocid] = live
        self.edited.append(Edited(self.world.loop.time(), ocid, configuration.name, "made", _in(*State)))
        self.world.note(f"somebody made {ocid} named {configuration.name} with marks {marks.owner}")

    def _cares_for_their_own(self, what: str, which: int) -> bool:
        cloud = self.world.cloud
        there = sorted(self.made)
        if not there:
            return True
        ocid = there[which % len(there)]
        if what == "settle-down":
            live = cloud.deployments[ocid]
            assert live.configuration is not None
            changed = replace(live.configuration, description=f"still theirs {which}")
            cloud._set(ocid, configuration=changed)
            self.made[ocid] = cloud.deployments[ocid]
        else:
            cloud._set(ocid, state=State.DELETED)
            del self.made[ocid]
        return True


def _edited(old: Configuration, what: str, value: str, count: int) -> tuple[Configuration, OptionGroup]:
    match what:
        case "description":
            return replace(old, description=value), OptionGroup.METADATA
        case "label":
            labels = {**dict(old.labels), "console": value}
            return replace(old, labels=tuple(sorted(labels.items()))), OptionGroup.METADATA
        case "variable":
            known = {**dict(old.container.environment or ()), "LEVEL": value}
            container = replace(old.container, environment=tuple(sorted(known.items())))
            return replace(old, container=container), OptionGroup.CONTAINER
        case "scale" if isinstance(old.scaling, FixedScaling):
            return replace(old, scaling=FixedScaling(4 + count % 3)), OptionGroup.CORE
        case "scale":
            return replace(old, scaling=replace(old.scaling, maximum=9 + count % 3)), OptionGroup.SCALING
        case _:
            return old, OptionGroup.CORE


def _in(*states: State) -> Callable[[Live], bool]:
    return lambda live: live.state in states
