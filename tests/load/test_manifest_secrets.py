"""What may come from the environment, and that none of it is in a message."""

from pathlib import Path

import pytest
from support.manifests import SMALL, load, refused, write


def test_a_secret_is_in_no_message(root: Path) -> None:
    write(
        root,
        SMALL.replace("models/model.onnx", '"{{ env.HF_TOKEN }}"')
        .replace("name: resnet", 'name: "{{ env.HF_TOKEN }}!"')
        .replace("tag: 1.0.0", 'tag: "!{{ env.REGION | upper }}"')
        + '  server: {port: "{{ env.HF_TOKEN }}", command: "{{ env.HF_TOKEN }}"}\n'
        + '  rollout: {downtime: "{{ env.HF_TOKEN }}"}\n',
    )
    said = refused(root)
    assert not any(held in said for held in ("correct-horse", "us-secret-1", "US-SECRET-1"))
    assert said.count("cannot come from the environment") == 5
    assert "not what" in said


PLACES = [
    'metadata: {name: NAME, description: "{{ env.REGION }}"}',
    'metadata: {name: NAME, labels: {where: "{{ env.REGION }}"}}',
    'metadata: {name: "{{ env.REGION }}"}',
]


@pytest.mark.parametrize("place", PLACES)
def test_the_environment_is_for_secrets_of_the_server(root: Path, place: str) -> None:
    write(root, SMALL.replace("metadata: {name: NAME}", place))
    said = refused(root)
    assert "cannot come from the environment" in said
    assert "use {{ values.X }} from the target in reconciler.yaml" in said.lower().replace(
        "values.x", "values.X"
    )
    assert "us-secret-1" not in said


def test_an_image_may_come_from_the_environment(root: Path) -> None:
    write(root, SMALL.replace("iad.ocir.io", '"{{ env.REGION }}.ocir.io').replace("triton,", 'triton",'))
    (draft,) = load(root)
    assert draft.configuration.container.image == "us-secret-1.ocir.io/acme/triton:1.0.0"
    write(root, SMALL.replace("tag: 1.0.0", 'tag: "{{ env.HF_TOKEN }}"'))
    assert "spec.image.tag cannot come from HF_TOKEN, which has the name of a secret" in refused(root)


@pytest.mark.parametrize(
    "name", ["MAX_TOKENS", "TOKENIZER", "TOKENIZERS_PARALLELISM", "PASSWORD_FILE", "SECRET_OCID"]
)
def test_harmless_variables(root: Path, name: str) -> None:
    write(root, SMALL + f"  server: {{env: {{{name}: some-text}}}}\n")
    assert len(load(root)) == 1
