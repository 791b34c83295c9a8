"""Redacts everything that comes from others: the service, model servers, downloads, git.

What passes holds no secret of the manifests, none that is live, and none that the runner signs in with. Our
own messages are not redacted, because they are built without secrets.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock

from reconciler.core.model.configuration import CONTAINER_TYPE, Json, secrets_in
from reconciler.core.model.errors import CloudError, ReconcilerError, Unexpected
from reconciler.core.model.live import Live
from reconciler.core.model.machines import Machines
from reconciler.core.model.spec import Spec
from reconciler.core.model.temporary_causes import PASSING_CODES
from reconciler.core.planning.capacity.compute_shapes import is_known
from reconciler.core.planning.diff.comparison import Change
from reconciler.core.planning.drift.report import DriftReport
from reconciler.core.planning.environment_secrets import sign_in_secrets
from reconciler.core.planning.explain.explanation import Explanation, FieldExplanation
from reconciler.core.planning.plan import DeploymentPlan, Plan
from reconciler.core.planning.withheld.withholding import withhold
from reconciler.core.privacy.credential_patterns import looks_secret
from reconciler.core.privacy.redactor import MASK, Redactor, without_credentials
from reconciler.core.privacy.texts import with_texts
from reconciler.manifests.declared_variables import DeclaredVariables

ALL_WITHHELD = "(withheld: what the manifests declare secret cannot be read)"
"""Stands for text of others when the manifests cannot be read: then we do not know what is secret in it."""

_SWITCH = re.compile(
    r"|[0-9.]{1,3}|true|false|yes|no|on|off|none|auto|default|all|trace|verbose|debug|info|warn|warning|error|critical"
    r"|fatal|cpu|gpu|cuda|fp16|fp32|bf16|int8|utf-?8|utc|c|en|triton",
    re.IGNORECASE,
)
"""Values of variables that switch something on or off. Secrets do not look so."""


@dataclass(slots=True)
class Redaction:
    """Everything that is known to be secret, and the redactor made of it. It learns while a command runs, and
    may be used from many threads.

    `declared` reads what the manifests say about variables; it is called when that is needed first. The
    variables of live deployments count as secrets if the deployment belongs to `owner` or has the name of a
    manifest, unless a manifest shows their values openly.
    """

    environment: Mapping[str, str]
    owner: str = ""
    declared: Callable[[], DeclaredVariables] = DeclaredVariables
    _known: set[str] = field(default_factory=set)
    _live: set[tuple[str, str, str, str, str]] = field(default_factory=set)
    _declared: DeclaredVariables | None = None
    _redactor: Redactor | None = None
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._known |= sign_in_secrets(self.environment)

    def declare(self, declared: DeclaredVariables) -> None:
        """Take what the manifests say about variables from a caller who has read them already."""
        with self._lock:
            self._declared, self._redactor = declared, None

    def learn(self, value: object) -> None:
        """Learn the secrets in one of our values, such as a spec or a plan."""
        with self._lock:
            if new := {secret.value for secret in secrets_in(value) if secret.value} - self._known:
                self._known |= new
                self._redactor = None

    def learn_live(self, live: Live) -> None:
        """Learn the variables of a live deployment."""
        container = live.configuration and live.configuration.container
        with self._lock:
            for key, value in (container.environment or ()) if container else ():
                if isinstance(value, str) and key != CONTAINER_TYPE:
                    entry = (live.marks.owner or "", live.name, live.ocid, key, value)
                    if entry not in self._live:
                        self._live.add(entry)
                        self._redactor = None

    def text(self, text: str) -> str:
        """Text of others, redacted. All of it is withheld when the manifests cannot be read."""
        try:
            return self.known_text(text)
        except Exception:
            return ALL_WITHHELD

    def known_text(self, text: str) -> str:
        """The same. When the manifests cannot be read, it raises the reason."""
        return self._current_redactor().text(text) if text else text

    def body(self, body: bytes) -> str:
        """The body of an answer, redacted."""
        return self.text(body.decode("utf-8", "replace"))

    def posted(self, text: str) -> str:
        """Our own text, before it leaves for a place that others read, without what the runner signs in with.
        No manifest can name that, so nobody can find out more of it by guessing.
        """
        redactor = Redactor(sign_in_secrets(self.environment))
        if redactor.text(text) == text:
            return text
        return "\n".join(map(redactor.text, text.split("\n")))

    def plan(self, plan: Plan, deployments: Iterable[Live], specs: Iterable[Spec] = ()) -> Plan:
        """The plan with its live values redacted: the value of a variable may also be part of a command. It
        was made from these deployments, and for these specs.
        """
        said = {spec.name: spec.configuration for spec in specs}
        without = withhold(plan, {live.ocid: live for live in deployments}, said, self._text_of_value)
        return self.plan_as_shown(without)

    def plan_as_shown(self, plan: Plan) -> Plan:
        """The plan with what it shows of live values redacted; its steps stay."""
        deployments = (
            replace(
                _with_plain_words(item),
                changes=self._changes(item.changes),
                machines=self._machines(item.machines),
            )
            for item in plan.deployments
        )
        return replace(plan, deployments=tuple(deployments))

    def _text_of_value(self, text: str) -> str:
        """A live text, redacted so that the plan can be compared with what is live."""
        shown = str(self.value(text))
        return MASK if shown == ALL_WITHHELD else shown

    def _machines(self, machines: Machines | None) -> Machines | None:
        """The same. All but the name of a compute shape that is known is text of others."""
        if machines is None:
            return None
        instance = with_texts(
            machines.instance, lambda text: text if is_known(text) else str(self.value(text))
        )
        return machines if instance == machines.instance else replace(machines, instance=instance)

    def value(self, value: Json) -> Json:
        """A live value, redacted. Texts in it are withheld when the manifests cannot be read."""
        match value:
            case str():
                try:
                    return self._current_redactor().value(value)
                except Exception:
                    return ALL_WITHHELD
            case list():
                return [self.value(item) for item in value]
            case dict():
                return {key: self.value(item) for key, item in value.items()}
        return value

    def explanation(self, explanation: Explanation) -> Explanation:
        """An explanation with its live values redacted."""
        return replace(explanation, fields=self._fields(explanation.fields))

    def drift(self, report: DriftReport) -> DriftReport:
        """A report of drift with its live values redacted."""
        drifts = (replace(drift, fields=self._fields(drift.fields)) for drift in report.drifts)
        return replace(report, drifts=tuple(drifts))

    def _fields(self, fields: Iterable[FieldExplanation]) -> tuple[FieldExplanation, ...]:
        """The key of a tag may be anything that somebody has typed."""
        return tuple(
            replace(story, live=self.value(story.live), field=without_credentials(story.field))
            for story in fields
        )

    def _changes(self, changes: Iterable[Change]) -> tuple[Change, ...]:
        return tuple(replace(change, old=self.value(change.old)) for change in changes)

    def error(self, error: ReconcilerError) -> ReconcilerError:
        """The same error, with the words of others in it redacted. Our own words stay: they may quote a
        manifest or a setting, and if those were redacted, their author could find out secrets by guessing.
        """
        if isinstance(error, CloudError):
            original = error.answer
            answer = replace(
                original,
                # These codes are public, and what to do is decided by them.
                code=original.code if original.code in PASSING_CODES else self.text(original.code),
                message=self.text(original.message),
                request_id=self.text(original.request_id),
            )
            return error if answer == original else type(error)(answer)
        message = str(error)
        for words in error.foreign:
            message = message.replace(words, self.text(words))
        if message == str(error):
            return error
        redacted_error = error.__class__.__new__(error.__class__)
        redacted_error.__dict__.update(error.__dict__)
        Exception.__init__(redacted_error, message)
        return redacted_error

    @contextmanager
    def redacted_errors(self) -> Iterator[None]:
        """For code that asks others for something: the errors that it raises are redacted. One of an unknown
        kind that tells a secret becomes Unexpected.
        """
        try:
            yield
        except ReconcilerError as error:
            raise self.error(error) from error
        except Exception as error:
            if (message := self.text(str(error))) == str(error):
                raise
            raise Unexpected(f"unexpected {type(error).__name__}: {message}") from error

    def _current_redactor(self) -> Redactor:
        with self._lock:
            if self._redactor is None:
                declared = self._declared = self._declared or self.declared()
                named = {self.environment.get(name, "") for name in declared.secrets}
                self._redactor = Redactor(self._known | named | self._live_secrets(declared))
            return self._redactor

    def _live_secrets(self, declared: DeclaredVariables) -> set[str]:
        return {
            value
            for owner, name, ocid, variable, value in self._live
            for known in (ocid if ocid in declared.shown else name,)
            if (owner == self.owner or known in declared.shown)
            and _is_secret(declared, known, variable, value)
        }


def _with_plain_words(item: DeploymentPlan) -> DeploymentPlan:
    """The same. Names of others, as of a live model, may stand in what it tells."""
    words = (item.reason, item.notes, item.dangers, item.refusals)
    reason, notes, dangers, refusals = plain = with_texts(words, without_credentials)
    same = plain == words
    return item if same else replace(item, reason=reason, notes=notes, dangers=dangers, refusals=refusals)


def _is_secret(declared: DeclaredVariables, name: str, variable: str, value: str) -> bool:
    """Whether the live value of a variable may be a secret. It is none if the manifest shows it openly, or if
    it is a number or a word as switches have it: redacting those would make all text unreadable. But a
    variable that is declared secret, or is named like one, counts as secret whatever its value.
    """
    if variable in declared.hidden.get(name, ()):
        return True
    if declared.shown.get(name, {}).get(variable) == value:
        return False
    return looks_secret(variable) or _SWITCH.fullmatch(value) is None
