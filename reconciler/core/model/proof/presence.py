"""Presence: whether a model server serves a version, told by its answer to a request that it cannot carry
out.

The request has one input, whose name no model has. Triton looks for the version first and for the inputs
then, so it says that it knows no such version, or no such input; and no model ever runs for it
(docs/service.md §4.3). Does no I/O.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.model.configuration import CONTAINER_TYPE, TRITON, Container, Secret
from reconciler.core.model.proof.probes import Answer, Voice, tritons_error, voice_of
from reconciler.core.model.served.structure import ModelVersion

REQUEST = json.dumps(
    {"inputs": [{"name": "reconcile.presence", "datatype": "FP32", "shape": [1], "data": [0]}]}
).encode()
"""An inference request that no model can carry out."""

KNOWN = frozenset({400, 501})
"""Statuses of Triton's own errors about a request to what it serves; 501 says that it is decoupled."""

ABSENT = "Request for unknown model"
"""How Triton begins to say that it does not serve a version: with 404 where it has none such, with 503 where
it could not load it, or has not loaded it yet.
"""

NOT_FOUND, UNAVAILABLE = 404, 503

ASKED_TOO_OFTEN = frozenset({408, 429})
"""Statuses of somebody before the model server who may let us through a moment later."""

OTHER_ENDPOINTS = ("MODEL_DEPLOY_PREDICT_ENDPOINT", "MODEL_DEPLOY_CUSTOM_ENDPOINTS")
"""Variables that lead requests elsewhere than to the model that their headers name (docs/service.md §4.2,
§4.4).
"""

LEADING = (*OTHER_ENDPOINTS, CONTAINER_TYPE)
"""All variables that decide which model a request reaches."""


class Sight(StrEnum):
    """What an answer tells of a version. DENIED and SILENT tell nothing. After NOT_READY and SILENT it may
    help to ask again.
    """

    SERVED = "served"
    MISSING = "missing"
    NOT_READY = "not ready"
    DENIED = "denied"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen of one version; `why` is what was answered where that is not that it is served."""

    version: ModelVersion
    sight: Sight
    why: str = ""


@dataclass(frozen=True, slots=True)
class Presence:
    """What was seen of all versions that should be served."""

    sightings: tuple[Sighting, ...]

    @property
    def served(self) -> tuple[Sighting, ...]:
        """Those that the server has."""
        return self._of(Sight.SERVED)

    @property
    def missing(self) -> tuple[Sighting, ...]:
        """Those that the server says it does not serve."""
        return self._of(Sight.MISSING, Sight.NOT_READY)

    @property
    def unseen(self) -> tuple[Sighting, ...]:
        """Those of which nothing is known."""
        return self._of(Sight.DENIED, Sight.SILENT)

    def _of(self, *sights: Sight) -> tuple[Sighting, ...]:
        return tuple(one for one in self.sightings if one.sight in sights)


def listed(sightings: Sequence[Sighting]) -> str:
    """Which versions, and what was answered; no more than `MOST_SHOWN`."""
    answered: dict[str, list[str]] = {}
    for sighting in sightings[:MOST_SHOWN]:
        model, number = sighting.version
        answered.setdefault(sighting.why, []).append(f"{model} version {number}")
    parts = [f"{', '.join(versions)} ({why})" for why, versions in answered.items()]
    more = len(sightings) - MOST_SHOWN
    return "; ".join([*parts, f"and {more:,} more"] if more > 0 else parts)


MOST_SHOWN = 5
"""Versions that a message names."""


def sight_of(answer: Answer) -> Sight:
    """What the answer to `REQUEST` tells. Only the model server's own word counts (`voice_of`)."""
    voice = voice_of(answer)
    if voice is Voice.DENIED:
        return Sight.SILENT if answer.status in ASKED_TOO_OFTEN else Sight.DENIED
    said = tritons_error(answer.body)
    if voice is Voice.NO_ANSWER or said is None:
        return Sight.SILENT
    if said.startswith(ABSENT):
        return {NOT_FOUND: Sight.MISSING, UNAVAILABLE: Sight.NOT_READY}.get(answer.status, Sight.SILENT)
    return Sight.SERVED if answer.status in KNOWN else Sight.SILENT


def why_not_asked(container: Container) -> str:
    """Why requests do not reach the model that their headers name, where that is so; else empty."""
    variables = dict(container.environment or ())
    for name in OTHER_ENDPOINTS:
        if name in variables:
            return f"{name} leads requests elsewhere"
    kind = variables.get(CONTAINER_TYPE)
    if (kind.value if isinstance(kind, Secret) else kind) != TRITON:
        return f"without {CONTAINER_TYPE}={TRITON} requests do not reach the models by their names"
    return ""
