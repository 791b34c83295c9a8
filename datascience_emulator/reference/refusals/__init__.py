"""Every refusal of the emulator: what is refused, with which status and code, and the source for that.

Data only, for the documentation and for the tests. The tests send the request of each entry and compare the
answer; they fail for an entry without a request, and for a request without an entry. Sections are those of
docs/service.md, which names the public sources.
"""

from datascience_emulator.reference.refusals import catalog, deployments, other_services, wire
from datascience_emulator.reference.refusals.kinds import Form, Refusal

__all__ = ["BY_SUBJECT", "REFUSALS", "Form", "Refusal"]

BY_SUBJECT: dict[str, tuple[Refusal, ...]] = {
    "Signing in": wire.SIGNING,
    "Any request": wire.REQUESTS,
    "Tags": wire.TAGS,
    "Projects and models": catalog.MODELS,
    "Artifacts and signatures of models": catalog.ARTIFACTS,
    "Model version sets": catalog.VERSION_SETS,
    "Model groups and their version histories": catalog.MODEL_GROUPS,
    "Model deployments: what no deployment can have": deployments.FIELDS,
    "Model deployments: what they refer to": deployments.REFERENCES,
    "Model deployments: updates and lists": deployments.UPDATES,
    "Model deployments: the wrong state": deployments.STATES,
    "Compute targets and private endpoints": deployments.PLACES,
    "Work requests": wire.WORK,
    "Predict": deployments.PREDICT,
    "Object Storage": other_services.STORAGE,
    "The container registry": other_services.REGISTRY,
    "Resource search": other_services.SEARCH,
    "Metrics": other_services.METRICS,
    "Logs": other_services.LOGS,
    "Service limits": other_services.LIMITS,
    "Compartments": wire.IDENTITY,
}
REFUSALS = tuple(refusal for entries in BY_SUBJECT.values() for refusal in entries)
