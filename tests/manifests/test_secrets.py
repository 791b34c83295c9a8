"""Where a manifest may name a secret, and that reading manifests looks at none."""

from pathlib import Path

import pytest

from reconciler.core.model.configuration import Secret
from reconciler.manifests.loading import load_manifests, variables_declared
from tests.support.manifests import SMALL, load, loaded, refused, write

WITH_SECRETS = (
    SMALL
    + """  server:
    env:
      HF_TOKEN: "{{ env.HF_TOKEN }}"
      NGC: "{{ env.NGC_KEY | default('none') }}"
      LOG_LEVEL: info
"""
)

PLACES = [
    'metadata: {name: NAME, description: "{{ env.REGION }}"}',
    'metadata: {name: NAME, labels: {where: "{{ env.REGION }}"}}',
    'metadata: {name: NAME, definedTags: {A: {b: "{{ env.REGION }}"}}}',
    'metadata: {name: "{{ env.REGION }}"}',
    'metadata: {name: NAME, renamedFrom: "{{ env.REGION }}"}',
]


@pytest.mark.parametrize("place", PLACES)
def test_the_environment_is_for_variables_of_the_server(root: Path, place: str) -> None:
    write(root, SMALL.replace("metadata: {name: NAME}", place))
    said = refused(root)
    assert "cannot come from the environment" in said
    assert "{{ values.X }}" in said
    assert "--set values.X" in said


IMAGE = "image: {repository: iad.ocir.io/acme/triton, tag: 1.0.0}"
FIELDS = [
    IMAGE.replace("1.0.0", '"{{ env.TAG }}"'),
    IMAGE.replace("iad.ocir.io/acme/triton", '"{{ env.REGION }}.ocir.io/acme/triton"'),
    IMAGE + '\n  server: {command: ["--key={{ env.KEY }}"]}',
    IMAGE + '\n  server: {port: "{{ env.PORT }}"}',
    IMAGE + '\n  policy: {paused: "{{ env.PAUSED }}"}',
]


@pytest.mark.parametrize("field", FIELDS)
def test_no_other_field_takes_one(root: Path, field: str) -> None:
    write(root, SMALL.replace(IMAGE, field))
    assert "cannot come from the environment" in refused(root)


def test_reading_looks_at_no_secret(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So the pull request of a fork, which has none, is validated all the same."""
    monkeypatch.setenv("HF_TOKEN", "correct-horse-battery")
    write(root, WITH_SECRETS)
    (draft,) = load(root)
    assert draft.configuration.container.environment == (
        ("CONTAINER_TYPE", "TRITON"),
        ("HF_TOKEN", Secret("env.HF_TOKEN")),
        ("LOG_LEVEL", "info"),
        ("NGC", Secret("env.NGC_KEY", None, "none")),
    )


def test_the_size_of_a_secret_counts_nothing(root: Path) -> None:
    """Whoever can fill up the variables would learn its length from what is refused."""
    filler = "".join(f"      V{number:02}: {'x' * 95}\n" for number in range(20))
    write(root, WITH_SECRETS + filler)
    assert len(load(root)) == 1
    write(root, WITH_SECRETS + filler + f"      LAST: {'x' * 95}\n")
    assert "bytes together" in refused(root)


def test_an_alias_of_a_secret_is_judged_where_it_stands(root: Path) -> None:
    write(
        root,
        SMALL.replace("metadata: {name: NAME}", 'metadata: {name: NAME, description: &a "{{ env.X }}"}')
        + "  server: {env: {XX: *a}}\n",
    )
    said = refused(root)
    assert said.count("cannot come from the environment") == 1
    assert "metadata.description" in said


def test_names_that_are_refused_are_told_with_their_place(root: Path) -> None:
    write(root, SMALL + '  server: {env: {AA: "{{ env.GITHUB_TOKEN }}", BB: "{{ env.OTHER }}"}}\n')
    assert "manifests/a.yaml:11:22: spec.server.env.AA cannot come from GITHUB_TOKEN" in refused(root)
    with pytest.raises(Exception, match=r"spec\.server\.env\.BB cannot come from OTHER"):
        load_manifests((), root, {}, {"HF_TOKEN"})


def test_what_manifests_declare_is_known(root: Path) -> None:
    write(root, WITH_SECRETS)
    declared = loaded(root).declared
    assert declared.secrets == {"HF_TOKEN", "NGC_KEY"}
    assert declared.shown == {"NAME": {"LOG_LEVEL": "info"}}
    write(root, WITH_SECRETS.replace("kind: ModelDeployment", "kind: ModelDeployment\nwrong: 1"))
    assert variables_declared(root, {}) == declared, "also of a manifest that cannot be deployed"


@pytest.mark.parametrize(
    "name", ["MAX_TOKENS", "TOKENIZER", "TOKENIZERS_PARALLELISM", "PASSWORD_FILE", "SECRET_OCID"]
)
def test_harmless_variables(root: Path, name: str) -> None:
    write(root, SMALL + f"  server: {{env: {{{name}: some-text}}}}\n")
    assert len(load(root)) == 1
