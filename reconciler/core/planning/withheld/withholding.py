"""Takes out of a plan what is live and may be a secret: the description, tags, command and whatever else
people write in a console. A step says of such a field that it keeps its live value.

What a manifest says stays as it is, whether it is live too or not: if it were taken out, its author could
find out secrets by guessing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import reduce

from reconciler.core.model.configuration import Configuration, to_json
from reconciler.core.model.live import Live
from reconciler.core.planning.diff.fields import ConfigurationField, rows_with_text
from reconciler.core.planning.plan import DeploymentPlan, Plan, Refusal, Rollback, Seen
from reconciler.core.planning.refusals import blocked
from reconciler.core.planning.steps import CreateDeployment, Step, UpdateDeployment
from reconciler.core.planning.withheld.seen import fingerprint_without
from reconciler.core.privacy.redactor import without_credentials
from reconciler.core.privacy.texts import texts_in, with_texts

Shown = Callable[[str], str]
"""What may be shown of a live text: the text, with a mask in place of each secret."""

KEY_REFUSAL = Refusal(
    "the key of one of its tags has the form of a credential, and a plan would have to name it",
    ("take that tag off in the console, and plan again: whoever may read the deployment can read it",),
)


def withhold(
    plan: Plan, deployments: Mapping[str, Live], said: Mapping[str, Configuration], shown: Shown
) -> Plan:
    """The plan without live values that may not be shown. `deployments` by OCID are what it was made from,
    `said` is what manifests say, by the names of their deployments.
    """
    lives = [deployments.get(item.ocid) for item in plan.deployments]
    if not _hides(shown, *(live.configuration for live in lives if live)):
        return plan
    pairs = zip(plan.deployments, lives, strict=True)
    items = (_without(item, live, said.get(item.name), shown) for item, live in pairs)
    return replace(plan, deployments=tuple(items))


def _hides(shown: Shown, *configurations: Configuration | None) -> bool:
    """Whether there may be anything to hide in one of these: one look, for nearly all have nothing."""
    known = (_without_variables(configuration) for configuration in configurations if configuration)
    whole = "\n".join(text for configuration in known for text in texts_in(configuration))
    return shown(whole) != whole


def _without(
    item: DeploymentPlan, live: Live | None, said: Configuration | None, shown: Shown
) -> DeploymentPlan:
    if live is None or live.configuration is None or not _hides(shown, live.configuration):
        return item
    if any(without_credentials(key) != key for key in _keys_of_tags(live.configuration)):
        return _without_keys(item, live)
    withheld = _Withheld.of(live.configuration, said, shown)
    if not withheld.rows:
        return item
    shown_values = tuple((row.path, to_json(row.read(withheld.hidden))) for row in withheld.rows)
    seen = Seen(live.ocid, fingerprint_without(live, withheld.rows), shown_values)
    rollbacks = tuple(Rollback(back.step, tuple(map(withheld.step, back.steps))) for back in item.rollbacks)
    return replace(item, seen=seen, steps=tuple(map(withheld.step, item.steps)), rollbacks=rollbacks)


@dataclass(frozen=True, slots=True)
class _Withheld:
    """The fields of a live configuration that may not be shown; `hidden` is what may be shown of it."""

    live: Configuration
    hidden: Configuration
    rows: tuple[ConfigurationField, ...]

    @classmethod
    def of(cls, live: Configuration, said: Configuration | None, shown: Shown) -> "_Withheld":
        hidden = _as_shown(live, shown)
        changed = (row for row in rows_with_text(live) if row.read(hidden) != row.read(live))
        rows = (row for row in changed if said is None or row.read(said) != row.read(live))
        return cls(live, hidden, tuple(rows))

    def step(self, step: Step) -> Step:
        """The step, without those of these values that it takes from what is live."""
        if not isinstance(step, UpdateDeployment | CreateDeployment):
            return step
        kept = [row for row in self.rows if row.read(step.configuration) == row.read(self.live)]
        configuration = reduce(lambda into, row: row.put(into, self.hidden), kept, step.configuration)
        from_live = tuple(row.path for row in kept)
        step = replace(step, configuration=configuration, from_live=from_live)
        if isinstance(step, UpdateDeployment) and step.temporary:
            return replace(step, temporary=replace(step.temporary, instance=configuration.instance))
        return step


def _keys_of_tags(configuration: Configuration) -> tuple[str, ...]:
    return tuple(key for key, _ in (*configuration.labels, *configuration.defined_tags))


def _without_keys(item: DeploymentPlan, live: Live) -> DeploymentPlan:
    """Nothing is done with it, as its steps would have to name the key; and no digest tells of it."""
    refused = blocked(item, KEY_REFUSAL) if item.steps else item
    return replace(with_texts(refused, without_credentials), seen=Seen(live.ocid, ""))


def _without_variables(configuration: Configuration) -> Configuration:
    return replace(configuration, artifact=None, container=replace(configuration.container, environment=None))


def _as_shown(configuration: Configuration, shown: Shown) -> Configuration:
    """All of it as it may be shown, but for the variables and the keys of tags."""
    masked = with_texts(replace(_without_variables(configuration), labels=(), defined_tags=()), shown)
    return replace(
        masked,
        labels=tuple((key, shown(value)) for key, value in configuration.labels),
        defined_tags=tuple((key, shown(value)) for key, value in configuration.defined_tags),
    )
