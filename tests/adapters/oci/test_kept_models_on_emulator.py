"""What is kept with a catalog model of its models: written when it is published, and believed only with its
content.
"""

import json
from dataclasses import replace

from oci.data_science.models import Metadata, UpdateModelDetails

from reconciler.adapters.oci.cloud import OciCloud
from reconciler.adapters.oci.conversion.kept_models import KEY, LONGEST_VALUE
from reconciler.core.model.artifact import Artifact
from reconciler.core.model.live import ARTIFACT
from reconciler.core.model.served.contract import Contract, Tensor
from tests.support.deploying import artifact, token
from tests.support.served import folder

CONTRACT = Contract((Tensor("x", "FP32", (3,)),), (Tensor("y", "FP32", (2,), labels=("cat", "dog")),), 8)
DESCRIBED = replace(artifact(), models=(folder("resnet", [1], CONTRACT),))


def published(cloud: OciCloud, content: Artifact) -> str:
    model = cloud.create_model("vision", "acme", content.digest, token())
    cloud.upload(model, content, lambda *_: None)
    cloud.mark_published(model, "vision", "acme", content)
    return model


def changed(cloud: OciCloud, model: str, **fields: object) -> None:
    cloud._client.update_model(model, UpdateModelDetails(**fields))


def test_the_models_are_kept_with_what_we_publish(cloud: OciCloud) -> None:
    model = published(cloud, DESCRIBED)
    assert cloud.kept_models(model) == DESCRIBED.models
    cloud.mark_published(model, "vision", "acme", DESCRIBED)
    assert [entry.key for entry in cloud._client.get_model(model).data.custom_metadata_list] == [KEY]


def test_metadata_of_others_stays(cloud: OciCloud) -> None:
    model = cloud.create_model("vision", "acme", DESCRIBED.digest, token())
    cloud.upload(model, DESCRIBED, lambda *_: None)
    theirs = Metadata(key="accuracy", value="0.9", category="Performance")
    changed(cloud, model, custom_metadata_list=[theirs])
    cloud.mark_published(model, "vision", "acme", DESCRIBED)
    entries = cloud._client.get_model(model).data.custom_metadata_list
    assert [(entry.key, entry.category) for entry in entries] == [("accuracy", "Performance"), (KEY, "other")]


def test_models_that_are_not_known_or_have_no_room_are_not_kept(cloud: OciCloud) -> None:
    labels = tuple("a long name of something" for _ in range(LONGEST_VALUE // 20))
    long = replace(CONTRACT, outputs=(Tensor("y", "FP32", (2,), labels=labels),))
    for models in ((), (folder("resnet", [1], long),)):
        content = replace(artifact(f"weights {len(models)}"), models=models)
        model = published(cloud, content)
        assert cloud.kept_models(model) is None
        assert content.digest in {entry.artifact for entry in cloud.snapshot().models}


def test_what_is_kept_counts_only_with_the_content_that_it_describes(cloud: OciCloud) -> None:
    model = published(cloud, DESCRIBED)
    tags = cloud._client.get_model(model).data.freeform_tags
    changed(cloud, model, freeform_tags={**tags, ARTIFACT: "sha256:other"})
    assert cloud.kept_models(model) is None


def test_what_is_damaged_counts_for_nothing(cloud: OciCloud) -> None:
    model = published(cloud, DESCRIBED)
    of_it = [json.dumps({"artifact": DESCRIBED.digest, "models": models}) for models in ([], [{}], {})]
    for value in ("", "no json", "[]", "{}", *of_it):
        entry = Metadata(key=KEY, value=value, category="other")
        changed(cloud, model, custom_metadata_list=[entry])
        assert cloud.kept_models(model) is None
