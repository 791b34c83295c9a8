"""What is kept with a catalog model that we published: its models, as an entry of its custom metadata. Pure.

So the next plan reads nothing of the content itself.
"""

import json
from typing import Any

from oci.data_science import models

from reconciler.adapters.sdk import Sdk
from reconciler.core.model.artifact import Artifact
from reconciler.core.model.live import ARTIFACT
from reconciler.core.model.served.documents import read_models, write_models
from reconciler.core.model.served.model_folder import ModelFolder

KEY = "reconciler-models"
CATEGORY = "other"
DESCRIPTION = "What a Triton server makes of this model; written by reconcile"

LONGEST_VALUE = 16_000
"""Characters of one value (docs/service.md §1.2)."""


def has_room(artifact: Artifact) -> bool:
    """Whether the models of this artifact can be kept with it."""
    return bool(artifact.models) and len(_value(artifact)) <= LONGEST_VALUE


def with_kept(artifact: Artifact, model: Sdk) -> list[Any]:
    """The custom metadata of a catalog model of the service, with the models of its artifact."""
    others = without_kept(model)
    own = models.Metadata(key=KEY, value=_value(artifact), description=DESCRIPTION, category=CATEGORY)
    return [*others, own]


def without_kept(model: Sdk) -> list[Any]:
    """The custom metadata of a catalog model of the service without them."""
    return [entry for entry in model.custom_metadata_list or () if entry.key != KEY]


def kept_in(model: Sdk) -> tuple[ModelFolder, ...] | None:
    """The models that are kept with a catalog model of the service; None where there are none, or where they
    are not those of the content that it is marked with.
    """
    values = [entry.value for entry in model.custom_metadata_list or () if entry.key == KEY]
    try:
        document = json.loads(values[0])
        kept = read_models(document["models"])
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None
    digest = (model.freeform_tags or {}).get(ARTIFACT)
    return kept if kept and digest and document.get("artifact") == digest else None


def _value(artifact: Artifact) -> str:
    document = {"artifact": artifact.digest, "models": write_models(artifact.models)}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)
