"""Rules on the tags of a model's metrics (core, metric_model_reporter.cc, GetMetricLabels): each becomes the
name of a label, with an underscore before it, and Prometheus takes no other names (its data model, "Metric
names and labels").
"""

import re
from collections.abc import Iterator

from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.reading.tensor_list import quoted
from reconciler.triton.rules.rule import Fault, Repository, Rule

_TAG = re.compile("([A-Za-z0-9][A-Za-z0-9_]*)?")


def _metric_tag(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for name in sorted(model.message.metric_tags):
        if not _TAG.fullmatch(name):
            what = f"the metric tag {quoted(name)} ends a server that loads the model"
            yield Fault(what, "Use letters, digits and `_`, not `_` at first.", ("metric_tags", name))


RULES = (Rule("metric-tag", "core, metric_model_reporter.cc, GetMetricLabels", _metric_tag),)
