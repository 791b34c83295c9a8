"""What the rules tell of all cases of the corpus."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

import pytest

from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules import checking
from reconciler.triton.rules.names import NAME_OF_FOLDER
from reconciler.triton.rules.rule import Fault, Rule
from reconciler.triton.rules.table import RULES
from tests.corpus.case import topics
from tests.corpus.judged import judged

ALL_RULES = (NAME_OF_FOLDER, *RULES)


@cache
def told() -> Mapping[str, Fault]:
    """Of each rule, by its name, the shortest fault that people are told of. What another rule tells first of
    the same field is not told.
    """
    found: dict[str, Fault] = {}
    faults_of = checking.faults_of

    def noting(
        models: Sequence[RepositoryModel], names: Iterable[str]
    ) -> Iterator[tuple[RepositoryModel, Rule, Fault]]:
        for model, rule, fault in faults_of(models, names):
            before = found.setdefault(rule.name, fault)
            if (len(fault.what), fault.what) < (len(before.what), before.what):
                found[rule.name] = fault
            yield model, rule, fault

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(checking, "faults_of", noting)
        for cases in topics().values():
            for case in cases:
                judged(case)
    return found
