"""What the cloud says, in the same shape as what is desired; and our marks, which are kept there as tags.

Nothing here decides; `planning.planner` does.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from reconciler.core.model.configuration import Configuration, DeploymentType, Pairs, digest_of
from reconciler.core.model.spec import Hold, Prune
from reconciler.core.model.timestamps import sortable


class State(StrEnum):
    """Lifecycle states of a model deployment (docs/service.md §2.1)."""

    CREATING = "CREATING"
    ACTIVE = "ACTIVE"
    UPDATING = "UPDATING"
    INACTIVE = "INACTIVE"
    FAILED = "FAILED"
    NEEDS_ATTENTION = "NEEDS_ATTENTION"
    DELETING = "DELETING"
    DELETED = "DELETED"
    UNKNOWN = "UNKNOWN"


IN_FLIGHT = frozenset({State.CREATING, State.UPDATING, State.DELETING})
GONE = frozenset({State.DELETING, State.DELETED})
SERVING = frozenset({State.ACTIVE, State.UPDATING, State.NEEDS_ATTENTION})
NOTHING_TO_LOSE = GONE | {State.INACTIVE, State.FAILED}
"""States in which nobody is served, nor soon will be: no version structure to keep."""

OWNER = "reconciler-owner"
NAME = "reconciler-name"
APPLIED = "reconciler-applied"
REVISION = "reconciler-revision"
ARTIFACT = "reconciler-artifact"
MEMORY = "reconciler-memory"
PUBLISHING = "reconciler-publishing"
USED = "reconciler-used"
MARKS = frozenset({OWNER, NAME, APPLIED, REVISION, MEMORY, ARTIFACT, PUBLISHING, USED})
"""Keys of the freeform tags that are ours. No dots: the service forbids them in keys (docs/service.md §8)."""

TAGS_OF_A_RESOURCE = 10
"""Freeform tags that the service allows on one resource (docs/service.md §8)."""

MOST_TAG_BYTES = 5 * 1024
"""Bytes of all tags of one resource as JSON, freeform and defined ones (docs/service.md §8)."""

MARKS_ON_A_DEPLOYMENT = 5
"""Owner, name, last applied, revision, memory: what is left of the 10 freeform tags of a resource is the
user's.
"""

FAILED_WORD, AT_WORD, WHY_WORD = "failed:", "at:", "why:"
HELD_WORD, TO_WORD = "held:", "to:"
PROTECT_WORD = "protect"
PRUNE_WORDS = {Prune.CONFIRM: "confirm-prune", Prune.RELEASE: "release"}

LONGEST_TAG = 256
"""Characters of a freeform tag's value (docs/service.md §8)."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The reconciler's own freeform tags on a deployment; None where a tag is missing.

    `failed`, `hold`, `protect` and `prune` share the tag that is called memory: the spec that was tried and
    failed, when (`failed_at`, UTC) and why, at which revision it is kept, and what was said of deleting it.
    """

    owner: str | None = None
    name: str | None = None
    applied: str | None = None
    revision: str | None = None
    failed: str | None = None
    protect: bool = False
    prune: Prune = Prune.AUTO
    failed_at: str = ""
    failed_why: str = ""
    hold: Hold | None = None

    @property
    def memory(self) -> str | None:
        """The tag's value: words with spaces between. The reason comes last, cut to the room that is left."""
        words = [FAILED_WORD + self.failed] if self.failed else []
        words += [AT_WORD + self.failed_at] if self.failed and self.failed_at else []
        words += [HELD_WORD + self.hold.refused, TO_WORD + self.hold.revision] if self.hold else []
        words += [PROTECT_WORD] if self.protect else []
        words += [PRUNE_WORDS[self.prune]] if self.prune in PRUNE_WORDS else []
        words += [WHY_WORD + self.failed_why] if self.failed and self.failed_why else []
        return " ".join(words)[:LONGEST_TAG].strip() or None

    @property
    def hold_words(self) -> str | None:
        """What the hold does, if there is one, as a plan shows it."""
        return self.hold.words if self.hold else None

    def remembering(self, failed: str, at: str, why: str) -> "Marks":
        """The same with the memory of a failure, its reason no longer than there is room for."""
        marks = replace(self, failed=failed, failed_at=at, failed_why="")
        room = LONGEST_TAG - len(f"{marks.memory} {WHY_WORD}")
        return replace(marks, failed_why=why[: max(room, 0)].strip())


@dataclass(frozen=True, slots=True)
class Live:
    """One deployment as the service lists it. `configuration` is None for kinds that cannot be compared;
    `model_id` is the OCID of the catalog model, or of the model group; `instances` is how many there are now,
    None when the service does not tell; `created` is a timestamp (RFC 3339, UTC).

    No list has the `details`, nor the `errors`, which are those of the newest failed work request: they are
    read where they are needed. `unsaid` names what it is configured with and no manifest can say.
    """

    ocid: str
    display_name: str
    state: State
    configuration: Configuration | None
    model_id: str | None
    project_id: str = ""
    marks: Marks = Marks()
    deployment_type: str = DeploymentType.SINGLE_MODEL
    url: str = ""
    details: str = ""
    instances: int | None = None
    created: str = ""
    errors: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name that is marked on it, or else its display name."""
        return self.marks.name or self.display_name

    @property
    def endpoint(self) -> str:
        """Where inference requests go; empty when there is none."""
        return f"{self.url}/predict" if self.url else ""

    @property
    def fingerprint(self) -> str:
        """A digest of what a plan relies on, without values of variables, which may be secrets. A deployment
        that is being changed has the fingerprint of an active one.
        """
        state = State.ACTIVE if self.state in IN_FLIGHT else self.state
        configuration = self.configuration and _without_values(self.configuration)
        return digest_of((self.ocid, state.value, self.model_id, configuration, self.marks))


def _without_values(configuration: Configuration) -> Configuration:
    """Without the values of variables, which may be secrets, and without what only the catalog tells."""
    names = tuple((key, "") for key, _ in configuration.container.environment or ())
    container = replace(configuration.container, environment=names)
    return replace(configuration, artifact=None, container=container)


@dataclass(frozen=True, slots=True)
class CatalogModel:
    """One entry of the model catalog: a model, or with `is_model_group` a model group of `members` (OCIDs).

    `artifact` is the digest of its content once all of it has arrived; `publishing` the digest that was on
    its way. A group that is `creating` has its digest, and is not active yet. What is `inactive` was
    deactivated by somebody, who may activate it again; what has `failed` is of no use to anybody. `created`
    and `used` are timestamps (RFC 3339, UTC): when it was made, and when a run last took it up, or took a
    deployment off it; empty where that is not known.
    """

    ocid: str
    display_name: str
    active: bool
    owner: str | None = None
    name: str | None = None
    artifact: str | None = None
    publishing: str | None = None
    is_model_group: bool = False
    members: tuple[str, ...] = ()
    creating: bool = False
    inactive: bool = False
    failed: bool = False
    created: str = ""
    used: str = ""

    @property
    def last_used(self) -> str:
        """When somebody last needed it, as a timestamp that sorts; empty when it does not tell."""
        return max(sortable(self.created), sortable(self.used))


@dataclass(frozen=True, slots=True)
class Project:
    """The Data Science project that deployments and catalog models belong to; `ocid` is None while it does
    not exist.
    """

    name: str
    ocid: str | None
    create: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one plan reads: all deployments of the compartment, and the catalog models and groups of one
    project. Deleted deployments are included. `unread_groups` are model groups of the compartment whose
    members nobody has read, or may; `held_elsewhere` are the members of those of other projects that were.
    """

    project: Project
    deployments: tuple[Live, ...] = ()
    models: tuple[CatalogModel, ...] = ()
    held_elsewhere: frozenset[str] = frozenset()
    unread_groups: tuple[str, ...] = ()

    def alive(self) -> tuple[Live, ...]:
        """The deployments of the project that are neither deleted nor about to be."""
        here = (live for live in self.deployments if live.project_id == self.project.ocid)
        return tuple(live for live in here if live.state not in GONE)

    def ours(self, owner: str) -> tuple[Live, ...]:
        """Those of them that carry this owner's mark."""
        return tuple(live for live in self.alive() if live.marks.owner == owner)

    def used_models(self, without: Collection[str] = ()) -> frozenset[str]:
        """Catalog models and groups that some deployment of the compartment runs, whosever it is, other than
        those `without`; the members of such groups too.
        """
        staying = (live for live in self.deployments if live.state not in GONE and live.ocid not in without)
        run = {live.model_id for live in staying if live.model_id}
        return frozenset(run.union(*(model.members for model in self.models if model.ocid in run)))

    def needed_entries(self) -> frozenset[str]:
        """The same as the service sees it: also by deployments that are just being deleted, and by model
        groups of other projects.
        """
        run = {
            live.model_id for live in self.deployments if live.model_id and live.state is not State.DELETED
        }
        members = (model.members for model in self.models if model.ocid in run)
        return frozenset(run.union(self.held_elsewhere, *members))

    def groups_by_member(self) -> dict[str, tuple[str, ...]]:
        """The model groups of the project that run, or may run, whosever they are, by the OCIDs of their
        members.
        """
        groups: dict[str, tuple[str, ...]] = {}
        for model in self.models:
            for member in model.members if model.active or model.creating or model.inactive else ():
                groups[member] = (*groups.get(member, ()), model.ocid)
        return groups


def split_tags(tags: Pairs) -> tuple[Pairs, Marks]:
    """A resource's freeform tags as the user's labels and our marks."""
    by_key = dict(tags)
    labels = tuple((key, value) for key, value in tags if key not in MARKS)
    before, _, why = by_key.get(MEMORY, "").partition(WHY_WORD)
    words = before.split()
    failed = _after(FAILED_WORD, words)
    marks = Marks(
        owner=by_key.get(OWNER),
        name=by_key.get(NAME),
        applied=by_key.get(APPLIED),
        revision=by_key.get(REVISION),
        failed=failed,
        failed_at=_after(AT_WORD, words) or "",
        failed_why=why.strip(),
        protect=PROTECT_WORD in words,
        prune=next((prune for prune, word in PRUNE_WORDS.items() if word in words), Prune.AUTO),
        hold=_hold(words),
    )
    return labels, marks


def _hold(words: list[str]) -> Hold | None:
    refused = _after(HELD_WORD, words)
    return Hold(refused, _after(TO_WORD, words) or "") if refused else None


def _after(prefix: str, words: list[str]) -> str | None:
    return next((word.removeprefix(prefix) for word in words if word.startswith(prefix)), None)


def join_tags(labels: Pairs, marks: Marks) -> Pairs:
    """The freeform tags that carry these labels and these marks."""
    ours = {
        OWNER: marks.owner,
        NAME: marks.name,
        APPLIED: marks.applied,
        REVISION: marks.revision,
        MEMORY: marks.memory,
    }
    return tuple(sorted({**dict(labels), **{key: value for key, value in ours.items() if value}}.items()))
