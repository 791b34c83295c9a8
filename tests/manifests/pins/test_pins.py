"""A pin changes one line of a manifest: every other byte stays. What cannot be pinned is told, and nothing is
written.

With UPDATE_GOLDEN=1 the files in golden/ are written anew, to be read before they are committed.
"""

import os
from difflib import unified_diff
from pathlib import Path

import pytest

from reconciler.app.images import writing_pins
from reconciler.app.images.writing_pins import write_pins
from reconciler.core.model.errors import Failed, InvalidManifests
from reconciler.core.model.findings import Location
from reconciler.manifests.pins import edits
from reconciler.manifests.pins.edits import Pin
from reconciler.manifests.yaml.parser import parse
from reconciler.manifests.yaml.text_files import decode
from reconciler.manifests.yaml.tree import Document, find, text_at

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path.name.removesuffix(".before.yaml") for path in GOLDEN.glob("*.before.yaml"))
DIGEST = f"sha256:{'5' * 64}"
FILE = "manifests/m.yaml"
DEPLOYMENT = """\
kind: ModelDeployment
spec:
  image:
    repository: iad.ocir.io/acme/triton
    {}
"""


def documents(content: bytes) -> list[Document]:
    text = decode(content, FILE)
    assert isinstance(text, str)
    found, findings = parse(text, FILE)
    assert findings == []
    return found


def pins(content: bytes, digest: str = DIGEST) -> list[Pin]:
    """One for each deployment in a file."""
    return [
        Pin(one.location(one.root), digest)
        for one in documents(content)
        if text_at(one.root, "kind") == "ModelDeployment"
    ]


def repository(folder: Path, content: bytes) -> Path:
    file = folder / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


@pytest.mark.parametrize("case", CASES)
def test_only_the_digest_changes(tmp_path: Path, case: str) -> None:
    before, golden = (GOLDEN / f"{case}.before.yaml").read_bytes(), GOLDEN / f"{case}.after.yaml"
    file = repository(tmp_path, before)
    wanted = pins(before)
    write_pins(tmp_path, wanted)
    after = file.read_bytes()
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_bytes(after)
    assert after == golden.read_bytes()
    lines = unified_diff(before.decode().splitlines(), after.decode().splitlines(), n=0)
    added = [line for line in lines if line.startswith("+") and not line.startswith("+++")]
    assert len(added) == len(wanted), "a line for each pin"
    for old, new in zip(documents(before), documents(after), strict=True):
        if text_at(old.root, "kind") == "ModelDeployment":
            assert text_at(new.root, "spec", "image", "digest") == DIGEST
    write_pins(tmp_path, pins(after))
    assert file.read_bytes() == after, "a second time changes nothing"


def test_a_repeated_pin_is_that_of_each_document(tmp_path: Path) -> None:
    file = repository(tmp_path, "---\n".join(DEPLOYMENT.format(f"tag: t{n}") for n in range(30)).encode())
    wanted = [Pin(pin.where, f"sha256:{n:064}") for n, pin in enumerate(pins(file.read_bytes()))]
    write_pins(tmp_path, list(reversed(wanted)))
    found = [text_at(one.root, "spec", "image", "digest") for one in documents(file.read_bytes())]
    assert found == [pin.digest for pin in wanted]


REFUSED = {
    "the image differs between targets": DEPLOYMENT.format("tag: '1'")
    + "targets: {a: {spec: {scaling: null}}, b: {spec: {image: {tag: '2'}}}}\n",
    "the image is shared through *image": "kind: ModelDeployment\nx: &image {repository: r.io/a, tag: '1'}\n"
    "spec: {image: *image}\n",
    "the image is shared through *shared": "kind: ModelDeployment\nspec: {image: &shared {repository: "
    "r.io/a, tag: '1'}}\nother: *shared\n",
    "the image is shared through *spec": "kind: ModelDeployment\nspec: &spec\n  image: {repository: r.io/a, "
    "tag: '1'}\nother: [{deep: *spec}]\n",
    "the tag is a template": DEPLOYMENT.format('tag: "{{ values.tag }}"'),
    "the digest is a template": DEPLOYMENT.format('digest: "{{ values.digest }}"'),
    "the digest is shared by an alias": DEPLOYMENT.format("digest: &d sha256:00\nother: *d"),
    "the digest is a block of text": DEPLOYMENT.format("digest: >-\n      sha256:00"),
    "the digest cannot be put into this text": "kind: ModelDeployment\nspec:\n  image:\n    ? repository\n"
    "    : r.io/a\n    ? tag\n    : '1'\n",
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_pinned_is_told_with_its_place(tmp_path: Path, what: str) -> None:
    content = REFUSED[what].encode()
    file = repository(tmp_path, content)
    with pytest.raises(InvalidManifests) as refused:
        write_pins(tmp_path, pins(content))
    (finding,) = refused.value.findings
    assert finding.what.startswith(what)
    assert finding.where.path == FILE
    assert finding.where.line >= 1
    assert finding.advice
    assert file.read_bytes() == content


def test_one_that_cannot_be_pinned_keeps_all_others(tmp_path: Path) -> None:
    texts = [*REFUSED.values()][3:7]
    for number, text in enumerate([*texts, DEPLOYMENT.format("tag: fine")]):
        (tmp_path / f"{number}.yaml").write_text(text)
    wanted = [Pin(Location(f"{number}.yaml", 1, 1), DIGEST) for number in range(5)]
    with pytest.raises(InvalidManifests) as refused:
        write_pins(tmp_path, wanted)
    assert [finding.where.path for finding in refused.value.findings] == [f"{n}.yaml" for n in range(4)]
    assert (tmp_path / "4.yaml").read_text() == DEPLOYMENT.format("tag: fine")
    assert len(list(tmp_path.iterdir())) == 5


def test_mode_and_links_stay(tmp_path: Path) -> None:
    content = DEPLOYMENT.format("tag: '1'").encode()
    real = repository(tmp_path, content).rename(tmp_path / "real.yaml")
    real.chmod(0o640)
    (tmp_path / FILE).symlink_to("../real.yaml")
    write_pins(tmp_path, pins(content))
    assert (tmp_path / FILE).is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert DIGEST in real.read_text()


def test_nothing_is_written_through_a_link_out_of_the_repository(tmp_path: Path) -> None:
    content = DEPLOYMENT.format("tag: '1'").encode()
    outside = tmp_path / "outside.yaml"
    outside.write_bytes(content)
    (tmp_path / "inside" / "manifests").mkdir(parents=True)
    (tmp_path / "inside" / FILE).symlink_to(outside)
    with pytest.raises(Failed, match="leads out of the repository by a link"):
        write_pins(tmp_path / "inside", pins(content))
    assert outside.read_bytes() == content


def test_a_file_that_changes_meanwhile_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = DEPLOYMENT.format("tag: '1'").encode()
    file = repository(tmp_path, content)
    other = tmp_path / "manifests" / "a.yaml"
    other.write_bytes(content)
    edit = writing_pins.pinned

    def meanwhile(text: str, of_file: list[Pin]) -> object:
        if of_file[0].where.path == FILE:
            file.write_bytes(content + b"# edited\n")
        return edit(text, of_file)

    monkeypatch.setattr(writing_pins, "pinned", meanwhile)
    first = [Pin(Location("manifests/a.yaml", 1, 1), DIGEST)]
    with pytest.raises(Failed, match=r"m\.yaml: has changed meanwhile\. Nothing was written"):
        write_pins(tmp_path, [*first, *pins(content)])
    assert file.read_bytes() == content + b"# edited\n"
    assert other.read_bytes() == content
    assert len(list(file.parent.iterdir())) == 2


def test_the_place_is_that_of_the_document(tmp_path: Path) -> None:
    content = (GOLDEN / "documents.before.yaml").read_bytes()
    second = pins(content)[1]
    file = repository(tmp_path, content)
    write_pins(tmp_path, [second])
    found = [find(one.root, "spec", "image", "digest") for one in documents(file.read_bytes())]
    assert [node is not None for node in found] == [False, False, False, True]


def test_an_edit_that_says_something_else_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No text is known for which the edit goes wrong; if one turns up, it is noticed."""
    content = (DEPLOYMENT.format("tag: '1'") + "    build: {}\n").encode()
    file = repository(tmp_path, content)
    wrong = edits._Edit(len(content), len(content), f"  digest: {DIGEST}\n")
    monkeypatch.setattr(edits, "_new_entry", lambda *_: wrong)
    with pytest.raises(InvalidManifests, match="the digest cannot be put into this text"):
        write_pins(tmp_path, pins(content))
    assert file.read_bytes() == content
