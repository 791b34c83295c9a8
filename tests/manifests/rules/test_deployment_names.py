"""Whichever manifests are named, all of the repository count for the names of deployments."""

from pathlib import Path

import pytest

from reconciler.core.model.spec import Claim
from tests.support.manifests import SMALL, load, loaded, refused, write

SEEING = SMALL.replace("{name: NAME}", "{name: seeing, renamedFrom: vision}")
VISION = SMALL.replace("NAME", "vision")


@pytest.mark.parametrize("named", [(), ("seeing",), ("vision",), ("seeing", "vision")])
def test_a_name_that_was_given_up_and_is_still_there(root: Path, named: tuple[str, ...]) -> None:
    """With PATH it was not seen: only the files that were named had been read."""
    write(root, SEEING, "manifests/seeing.yaml")
    write(root, VISION, "manifests/vision.yaml")
    said = refused(root, *(root / f"manifests/{name}.yaml" for name in named))
    assert "'vision' has a manifest of its own" in said
    assert said == refused(root)


def test_a_name_that_is_given_up_twice(root: Path) -> None:
    named = write(root, SEEING, "manifests/seeing.yaml")
    write(root, SEEING.replace("seeing", "viewing"), "manifests/viewing.yaml")
    assert "a second deployment is renamed from 'vision'" in refused(root, named)


def test_what_those_that_were_not_named_claim(root: Path) -> None:
    named = write(root, SMALL.replace("NAME", "named"), "manifests/named.yaml")
    write(root, SEEING + "---\n" + SMALL.replace("NAME", '"of-{{ values.replicas }}"'), "manifests/more.yaml")
    assert loaded(root).others == ()
    found = loaded(root, named)
    assert [draft.name for draft in found.drafts] == ["named"]
    assert found.others == (Claim("seeing", "vision"), Claim("of-4"))


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        (SEEING.replace("shape:", "shpae:"), [Claim("seeing", "vision")]),
        (SEEING.replace("models/model.onnx", "models/absent.onnx"), [Claim("seeing", "vision")]),
        (SEEING.replace("seeing", '"{{ values.absent }}"'), [Claim("{{ values.absent }}", "vision")]),
        (SEEING.replace("name: seeing", "name: [seeing]"), [Claim("", "vision")]),
        ("kind: ModelDeployment\nmetadata: {name: [\n", []),
        ("kind: Deployment\nmetadata: {name: seeing, renamedFrom: vision}\n", []),
    ],
)
def test_what_is_wrong_with_them_is_no_problem_of_those_that_were(
    root: Path, text: str, claims: list[Claim]
) -> None:
    named = write(root, SMALL.replace("NAME", "named"), "manifests/named.yaml")
    write(root, text, "manifests/more.yaml")
    assert list(loaded(root, named).others) == claims


def test_what_was_named_by_a_link_is_no_other(root: Path) -> None:
    named = write(root, SEEING, "manifests/seeing.yaml")
    link = root / "manifests" / "link.yml"
    link.symlink_to(named)
    assert loaded(root, link).others == ()


def test_those_outside_of_manifests_are_others_to_nobody(root: Path) -> None:
    """They are in no plan of everything either."""
    named = write(root, VISION, "manifests/vision.yaml")
    write(root, SEEING, "staging/seeing.yaml")
    assert [draft.name for draft in load(root, named)] == ["vision"]
