"""Models of a repository → everything that is wrong with them, by the table of rules.

Nothing of a model is ever executed here.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from reconciler.core.model.artifact import LocalFile
from reconciler.core.model.findings import Finding, Location, Severity
from reconciler.core.model.text import cut
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.names import NAME_OF_FOLDER
from reconciler.triton.rules.rule import Fault, Field, Repository, Rule
from reconciler.triton.rules.table import OF_FILES, RULES

LONGEST_FAULT = 500
"""Characters of a message about a model. It quotes names, which may be as long as the file."""

MOST_FAULTS = 100
"""Of one model by one rule and of one severity. A configuration may be of anybody's making, and nobody reads
more.
"""


def check_models(models: Sequence[RepositoryModel], names: Iterable[str]) -> Iterator[Finding]:
    """What Triton would refuse, or skip without a word. `names` are the names of all models, also of those
    that could not be laid out.
    """
    for model, _, fault in faults_of(models, names):
        yield _finding(model, fault)


def faults_of(
    models: Sequence[RepositoryModel], names: Iterable[str]
) -> Iterator[tuple[RepositoryModel, Rule, Fault]]:
    """The same, with the model and the rule of each fault."""
    repository = {**dict.fromkeys(names), **{model.name: model for model in models}}
    for model in models:
        for rule, fault in _faults_of_model(model, repository):
            yield model, rule, fault


def _faults_of_model(model: RepositoryModel, repository: Repository) -> Iterator[tuple[Rule, Fault]]:
    misnamed = list(NAME_OF_FOLDER.check(model, repository))
    if misnamed:
        yield from ((NAME_OF_FOLDER, fault) for fault in misnamed)
        return
    told: dict[Field, Severity] = {}
    fields = frozenset(field.name for field, _ in model.message.ListFields())
    for rule in _looking_at(fields, model.backend, model.handed_on):
        for fault in _some(rule.check(model, repository)):
            before = told.get(fault.field) if fault.field else None
            if fault.field and before is not Severity.ERROR:
                told[fault.field] = fault.severity
            if before is None or (before is not fault.severity and fault.severity is Severity.ERROR):
                yield rule, fault


def _some(faults: Iterator[Fault]) -> Iterator[Fault]:
    """Not too many; no number of warnings hides an error."""
    count = dict.fromkeys(Severity, 0)
    for fault in faults:
        count[fault.severity] += 1
        if count[fault.severity] <= MOST_FAULTS:
            yield fault
        elif fault.severity is Severity.ERROR:
            return


@lru_cache(maxsize=1024)
def _looking_at(fields: frozenset[str], backend: str, handed_on: bool) -> tuple[Rule, ...]:
    """The rules that have something to look at in a model with these fields, of this backend."""
    return tuple(
        rule
        for rule in RULES
        if not (rule.fields and fields.isdisjoint(rule.fields))
        and not (rule.backends and backend not in rule.backends)
        and not (handed_on and rule in OF_FILES)
    )


def _finding(model: RepositoryModel, fault: Fault) -> Finding:
    what, where = fault.what, model.where
    if fault.field is not None and model.config is not None:
        where = model.place_of_field(fault.field)
        if fault.field and model.field_place:
            what = f"config: {what}"
    elif fault.path:
        where = _place_of_file(model, fault)
    return Finding(where, cut(what, LONGEST_FAULT), cut(fault.advice, LONGEST_FAULT), fault.severity)


def _place_of_file(model: RepositoryModel, fault: Fault) -> Location:
    """Files of declared models come from many places."""
    inside = f"{model.name}/{fault.path}"
    source = next((file.source for file in model.files if file.path == inside), None)
    if isinstance(source, LocalFile):
        return Location(source.path, fault.line, min(fault.line, 1))
    return Location(f"{model.folder}/{fault.path}") if model.folder else model.where
