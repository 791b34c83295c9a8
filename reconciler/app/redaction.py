"""Every door through which other people's words come in, and the one redactor that stands at all of them.

What a door lets through holds no secret of the manifests, none that is live, and none that the runner signs
in with. Nothing of ours is redacted: it is built without secrets.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, TypeVar, cast

from reconciler.core.errors import CloudError, ReconcilerError, Trouble
from reconciler.core.explain import Explanation
from reconciler.core.fields import MASK, Change, looks_secret
from reconciler.core.live import Live, Snapshot
from reconciler.core.plan import Plan
from reconciler.core.redactor import SHORT, Redactor
from reconciler.core.secrets import sign_in_secrets
from reconciler.core.values import CONTAINER_TYPE, Json, Secret, secrets_in
from reconciler.core.work import WorkProgress
from reconciler.load import Declared

C = TypeVar("C")

SWITCHES = frozenset({"", "0", "1", "true", "false", "yes", "no", "on", "off"})
"""Values that are no secrets, in any spelling."""


@dataclass(slots=True)
class Redaction:
    """What is known to be secret; it grows while a command runs. Safe to use from many threads.

    `declared` tells what the manifests say of variables, when it is needed first: what no manifest shows to
    everybody is taken for a secret.
    """

    environment: Mapping[str, str]
    declared: Callable[[], Declared] = Declared
    _known: dict[str, str] = field(default_factory=dict)
    _live: set[tuple[str, str, str]] = field(default_factory=set)
    _says: Declared | None = None
    _redactor: Redactor | None = None
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._known |= dict.fromkeys(sign_in_secrets(self.environment), MASK)

    def declare(self, declared: Declared) -> None:
        """What the manifests say is known already."""
        with self._lock:
            self._says, self._redactor = declared, None

    def learn(self, value: object) -> None:
        """The secrets in any of our values."""
        self._add({secret.value: str(secret) for secret in secrets_in(value) if secret.value})

    def learn_live(self, live: Live) -> None:
        """The variables of a deployment."""
        container = live.configuration and live.configuration.container
        with self._lock:
            for key, value in (container.environment or ()) if container else ():
                if isinstance(value, str) and key != CONTAINER_TYPE and value.lower() not in SWITCHES:
                    entry = (live.name, key, value)
                    if entry not in self._live:
                        self._live.add(entry)
                        self._redactor = None

    def text(self, foreign: str) -> str:
        """Other people's words, as they may be shown."""
        return self._made().text(foreign) if foreign else foreign

    def body(self, foreign: bytes) -> str:
        """An answer, as it may be shown."""
        return self.text(foreign.decode("utf-8", "replace"))

    def plan(self, plan: Plan) -> Plan:
        """The plan with what is live as it may be shown: a variable's value may be in a command too."""
        deployments = (replace(item, changes=self._changes(item.changes)) for item in plan.deployments)
        return replace(plan, deployments=tuple(deployments))

    def explanation(self, told: Explanation) -> Explanation:
        """The same of a deployment's fields."""
        return replace(
            told, fields=tuple(replace(story, live=self._value(story.live)) for story in told.fields)
        )

    def _changes(self, changes: Iterable[Change]) -> tuple[Change, ...]:
        return tuple(replace(change, old=self._value(change.old)) for change in changes)

    def _value(self, value: Json) -> Json:
        match value:
            case str():
                return self._made().value(value)
            case list():
                return [self._value(item) for item in value]
            case dict():
                return {key: self._value(item) for key, item in value.items()}
        return value

    def error(self, error: ReconcilerError) -> ReconcilerError:
        """The same error, whose words come from elsewhere in part, as it may be shown."""
        if isinstance(error, CloudError):
            answer = replace(error.answer, message=self.text(error.answer.message))
            return error if answer == error.answer else type(error)(answer)
        shown = self.text(str(error))
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

    def _add(self, found: Mapping[str, str]) -> None:
        with self._lock:
            if new := {value: shown for value, shown in found.items() if value not in self._known}:
                self._known |= new
                self._redactor = None

    def _made(self) -> Redactor:
        with self._lock:
            if self._redactor is None:
                self._says = self._says or self.declared()
                secrets = (Secret.of(name) for name in self._says.secrets)
                named = {self.environment.get(secret.name, ""): str(secret) for secret in secrets}
                self._redactor = Redactor({**self._of_the_live(self._says), **named, **self._known})
            return self._redactor

    def _of_the_live(self, says: Declared) -> dict[str, str]:
        return {
            value: MASK for name, key, value in self._live if _is_secret(key, value, says.shown.get(name, {}))
        }


def _is_secret(variable: str, value: str, shown: Mapping[str, str]) -> bool:
    """Whether what is live may be a secret, going by the variables that the manifest shows to everybody. One
    that it shows may have had another text before: a short one would withhold all that is said, and is taken
    for a secret only where the name says so.
    """
    if variable not in shown:
        return True
    return shown[variable] != value and (len(value) >= SHORT or looks_secret(variable))


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

        def call(*arguments: Any, **options: Any) -> Any:
            with self._redaction.words():
                return self._shown(method(*arguments, **options))

        return call

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
