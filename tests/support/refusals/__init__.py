"""For each refusal that the emulator documents, the request that causes it. Importing this registers them."""

from tests.support.refusals import (
    artifacts,
    catalog,
    deployments,
    fields,
    groups,
    neighbours,
    places,
    predict,
    signing,
    storage,
    wire,
)
from tests.support.refusals.proof import PROOFS

__all__ = [
    "PROOFS",
    "artifacts",
    "catalog",
    "deployments",
    "fields",
    "groups",
    "neighbours",
    "places",
    "predict",
    "signing",
    "storage",
    "wire",
]
