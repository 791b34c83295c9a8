"""Every door through which other people's words come in, and the one redactor that stands at all of them.

What a door lets through holds no secret of the manifests, none that is live, and none that the runner signs
in with. Nothing of ours is redacted: it is built without secrets.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, TypeVar, cast

from reconciler.core.model.configuration import CONTAINER_TYPE, Json, secrets_in
from reconciler.core.model.errors import CloudError, ReconcilerError, Trouble
from reconciler.core.model.live import Live, Snapshot
from reconciler.core.model.temporary_causes import PASSING_CODES
from reconciler.core.model.work_requests import WorkProgress
from reconciler.core.planning.diff.changes import Change
from reconciler.core.planning.explain import Explanation
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.secrets import sign_in_secrets
from reconciler.core.privacy.credentials import looks_secret
from reconciler.core.privacy.redactor import Redactor
from reconciler.manifests.rules.declared_variables import DeclaredVariables

C = TypeVar("C")

UNKNOWN = "(withheld: what the manifests declare secret cannot be read)"
"""In place of words of others where reading manifests fails as nobody foresees."""

_SWITCH = re.compile(
    r"|[0-9.]{1,3}|true|false|yes|no|on|off|none|auto|default|all|trace|verbose|debug|info|warn|warning|error|critical"
    r"|fatal|cpu|gpu|cuda|fp16|fp32|bf16|int8|utf-?8|utc|c|en|triton",
    re.IGNORECASE,
)
"""What variables that switch something hold, and secrets do not."""


@dataclass(slots=True)
class Redaction:
    """What is known to be secret; it grows while a command runs. Safe to use from many threads.

    `declared` tells what the manifests say of variables, when it is needed first. What is live is taken for a
    secret where it is of this `owner`, or of the name of a manifest, and no manifest shows it to everybody.
    """

    environment: Mapping[str, str]
    owner: str = ""
    declared: Callable[[], DeclaredVariables] = DeclaredVariables
    _known: set[str] = field(default_factory=set)
    _live: set[tuple[str, str, str, str]] = field(default_factory=set)
    _says: DeclaredVariables | None = None
    _redactor: Redactor | None = None
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._known |= sign_in_secrets(self.environment)

    def declare(self, declared: DeclaredVariables) -> None:
        """What the manifests say is known already."""
        with self._lock:
            self._says, self._redactor = declared, None

    def learn(self, value: object) -> None:
        """The secrets in any of our values."""
        with self._lock:
            if new := {secret.value for secret in secrets_in(value) if secret.value} - self._known:
                self._known |= new
                self._redactor = None

    def learn_live(self, live: Live) -> None:
        """The variables of a deployment."""
        container = live.configuration and live.configuration.container
        with self._lock:
            for key, value in (container.environment or ()) if container else ():
                if isinstance(value, str) and key != CONTAINER_TYPE:
                    entry = (live.marks.owner or "", live.name, key, value)
                    if entry not in self._live:
                        self._live.add(entry)
                        self._redactor = None

    def text(self, foreign: str) -> str:
        """Other people's words, as they may be shown. Withheld, where it is not known what is secret."""
        if not foreign:
            return foreign
        try:
            redactor = self._made()
        except Exception:
            return UNKNOWN
        return redactor.text(foreign)

    def body(self, foreign: bytes) -> str:
        """An answer, as it may be shown."""
        return self.text(foreign.decode("utf-8", "replace"))

    def plan(self, plan: Plan) -> Plan:
        """The plan with what is live as it may be shown: a variable's value may be in a command too."""
        deployments = (replace(item, changes=self._changes(item.changes)) for item in plan.deployments)
        return replace(plan, deployments=tuple(deployments))

    def value(self, value: Json) -> Json:
        """What is live, as a plan may show it."""
        match value:
            case str():
                return self._made().value(value)
            case list():
                return [self.value(item) for item in value]
            case dict():
                return {key: self.value(item) for key, item in value.items()}
        return value

    def explanation(self, told: Explanation) -> Explanation:
        """The same of a deployment's fields."""
        return replace(
            told, fields=tuple(replace(story, live=self.value(story.live)) for story in told.fields)
        )

    def _changes(self, changes: Iterable[Change]) -> tuple[Change, ...]:
        return tuple(replace(change, old=self.value(change.old)) for change in changes)

    def error(self, error: ReconcilerError) -> ReconcilerError:
        """The same error, of which the words of others are as they may be shown. Ours may quote what a
        manifest or a setting says: if they were redacted, whoever writes those could ask for a secret.
        """
        if isinstance(error, CloudError):
            said = error.answer
            answer = replace(
                said,
                # By these words it is decided what to do, and everybody knows them.
                code=said.code if said.code in PASSING_CODES else self.text(said.code),
                message=self.text(said.message),
                request_id=self.text(said.request_id),
            )
            return error if answer == said else type(error)(answer)
        shown = str(error)
        for words in error.foreign:
            shown = shown.replace(words, self.text(words))
        if shown == str(error):
            return error
        told = error.__class__.__new__(error.__class__)
        told.__dict__.update(error.__dict__)
        Exception.__init__(told, shown)
        return told

    @contextmanager
    def words(self) -> Iterator[None]:
        """Around what asks others for something: what it raises is fit to be shown."""
        try:
            yield
        except ReconcilerError as error:
            raise self.error(error) from error

    def _made(self) -> Redactor:
        with self._lock:
            if self._redactor is None:
                self._says = self._says or self.declared()
                named = {self.environment.get(name, "") for name in self._says.secrets}
                self._redactor = Redactor(self._known | named | self._of_the_live(self._says))
            return self._redactor

    def _of_the_live(self, says: DeclaredVariables) -> set[str]:
        return {
            value
            for owner, name, variable, value in self._live
            if (owner == self.owner or name in says.shown) and _is_secret(says, name, variable, value)
        }


def _is_secret(says: DeclaredVariables, name: str, variable: str, value: str) -> bool:
    """Whether what is live may be a secret. Not what the manifest shows to everybody; nor numbers and words
    that switches have, unless it is declared to be one, or called so: a short one withholds all that is said.
    """
    if variable in says.hidden.get(name, ()):
        return True
    if says.shown.get(name, {}).get(variable) == value:
        return False
    return looks_secret(variable) or _SWITCH.fullmatch(value) is None


def redacted(port: C, redaction: Redaction) -> C:
    """The same port, of which everything that is said, or raised, is fit to be shown. None of its methods can
    be forgotten.
    """
    return cast("C", _Door(port, redaction))


class _Door:
    def __init__(self, port: object, redaction: Redaction) -> None:
        self._port, self._redaction = port, redaction

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not callable(method):
            return method

        def call(*arguments: Any, **options: Any) -> Any:
            with self._redaction.words():
                return self._shown(method(*arguments, **options))

        return call

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        port: Any = self._port
        with self._redaction.words():
            return self._shown(port(*arguments, **options))

    def _shown(self, told: object) -> object:
        text = self._redaction.text
        match told:
            case Live():
                self._redaction.learn_live(told)
                return replace(told, details=text(told.details), errors=tuple(map(text, told.errors)))
            case Snapshot():
                self._learn(told.deployments)
                return replace(
                    told, deployments=tuple(cast("Iterable[Live]", map(self._shown, told.deployments)))
                )
            case WorkProgress():
                return replace(told, message=text(told.message))
            case Trouble():
                return replace(told, errors=tuple(map(text, told.errors)), logs=tuple(map(text, told.logs)))
            case (Live() as live, str() as etag):
                return self._shown(live), etag
            case [Live(), *_]:
                return [self._shown(live) for live in cast("list[Live]", told)]
            case dict() if any(isinstance(one, WorkProgress) for one in told.values()):
                return {key: self._shown(one) for key, one in told.items()}
        return told

    def _learn(self, deployments: Iterable[Live]) -> None:
        for live in deployments:
            self._redaction.learn_live(live)
