"""Files on disk become drafts and settings, or problems with a place in them: templates, kinds, limits, files
beside them.
"""

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from reconciler.core.model.errors import InvalidManifests
from reconciler.manifests.loading import load_manifests
from reconciler.manifests.settings import load_settings
from reconciler.manifests.yaml.parser import parse
from reconciler.manifests.yaml.tree import plain
from tests.fuzz import yaml_texts
from tests.fuzz.corpus import LARGEST, yaml_files
from tests.fuzz.mutation import damaged, mutated, repeated, sometimes, written
from tests.fuzz.places import check_problems
from tests.fuzz.target import Target, fuzz, guided
from tests.support.manifests import lay_out

MANIFEST_PATH, SETTINGS_PATH = "manifests/any.yaml", "reconciler.yaml"
VALUES: dict[str, Any] = {
    "replicas": 4,
    "name": "vision",
    "share": 0.5,
    "on": True,
    "nothing": None,
    "list": [1, "x", {"a": [2]}],
    "table": {"key": {"deeper": "x"}, "items": 1, "get": "g", "__class__": "c"},
    "text": "a {{ values.name }} 'quoted' \"twice\" \\ \u2028 \U0001f600",
}

WORDS = (
    *yaml_texts.WORDS,
    *(
        word.encode()
        for word in (
            "{{ values.replicas }}", "{{ env.HF_TOKEN }}", "{{ env.X | default('y') }}", "values", "env",
            "values.", "env.",
            "values.name", "values.list", "values['name']", "values.list[2].a[0]", "values.table.items",
            "._", "__class__",
            "__init__", "__globals__", " | ", "|default(", "| int", "| float", "| string", "| lower",
            "| upper", "default('x')",
            "default", "join", "map", "attr", "format", "('", "')", "(", ")", " ~ ", " + ", " * ", " ** ",
            " % ", "10**9",
            "999999999", "range(", "[0]*", "'a'*", " if ", " else ", " for x in ", " is ", " not ", " and ",
            "true", "none",
            "{%", "%}", "{#", "#}", "{{{", "}}}", "{%- raw -%}", "{% include 'x' %}", "{% set x = 1 %}",
            "{% for i in x %}",
            "ghp_" + "a" * 36, "AKIAAAAAAAAAAAAAAAAA", "hf_" + "a" * 30, "https://u:p@h ",
            "-----BEGIN PRIVATE KEY", "sk-", "@",
            "apiVersion: reconciler.oci/v1\n", "kind: ModelDeployment\n", "kind: Repository\n", "spec:\n",
            "metadata: ",
            "targets: ", "prod: {spec: ", "prod: null",
            "safety: ", "owner: x\n", "emulator: {}", "config: {}", "../", "/etc/passwd",
            "/dev/zero", ".", "..",
        )
    ),
)  # fmt: skip

expressions = st.lists(
    st.sampled_from([word.decode() for word in WORDS if b"\n" not in word]) | st.text(max_size=3),
    max_size=8,
).map("".join)
deep_expressions = st.builds(
    lambda opening, deep, middle, closing: opening * deep + middle + closing * deep,
    st.sampled_from(["(", "[", "-", "not ", "{1:", "values.", "f(", "values.name|default("]),
    st.integers(1, 3000),
    st.sampled_from(["1", "values.replicas", "'x'"]),
    st.sampled_from([")", "]", "", "}", "|int", ".x", "[0]"]),
)
templates = st.builds(
    "{}{}{}{}{}".format,
    st.text(max_size=2),
    st.sampled_from(["{{ ", "{{", "{{- ", "{% ", "{#"]),
    expressions | expressions | deep_expressions,
    st.sampled_from([" }}", "}}", " -}}", " %}", "", "#}"]),
    st.sampled_from(["", "x", "{{ values.name }}", "{{ env.HF_TOKEN }}"]),
)


@cache
def documents() -> list[Any]:
    """The tables of real manifests and settings, to be damaged and written as JSON, which is YAML too."""
    texts = [text.decode("utf-8", "replace") for text in yaml_files()[:40]]
    found = [plain(document.root) for text in texts for document in parse(text, "")[0]]
    return [one for one in found if isinstance(one, dict) and len(json.dumps(one)) < LARGEST]


@st.composite
def templated(draw: st.DrawFn) -> bytes:
    """A real manifest with a template, mostly a wrong one, in the place of some scalars."""
    document = (
        draw(damaged(documents()[:2], most=1))
        if draw(st.booleans())
        else json.loads(json.dumps(documents()[0]))
    )
    for _ in range(draw(st.integers(1, 3))):
        holder, key = document, None
        while isinstance(holder, dict | list) and holder:
            above, key = (
                holder,
                draw(st.sampled_from(list(holder) if isinstance(holder, dict) else range(len(holder)))),
            )
            holder = above[key]
        if key is not None:
            above[key] = draw(templates)
    return written(document)


@cache
def home() -> tuple[Path, tempfile.TemporaryDirectory[str]]:
    """A repository with all that the real manifests name, for as long as this process lives."""
    folder = tempfile.TemporaryDirectory()
    root = Path(folder.name)
    lay_out(root)
    return root, folder


def read_manifest(root: Path, path: Path) -> object:
    return load_manifests([path], root, VALUES, target="prod", targets={"local", "prod"})


def read_settings(root: Path) -> object:
    return load_settings(root)


def judge_manifest(data: bytes) -> object:
    root, _ = home()
    path = root / MANIFEST_PATH
    path.write_bytes(data)
    try:
        return read_manifest(root, path)
    except InvalidManifests as error:
        return checked(error, MANIFEST_PATH, data)


def judge_settings(data: bytes) -> object:
    root, _ = home()
    path = root / SETTINGS_PATH
    path.write_bytes(data)
    try:
        return read_settings(root)
    except InvalidManifests as error:
        return checked(error, SETTINGS_PATH, data)
    finally:
        path.unlink()


def checked(error: InvalidManifests, path: str, data: bytes) -> object:
    assert error.findings
    check_problems(error.findings, {path: data.decode("utf-8-sig", "replace")})
    return error.findings


MANIFEST = Target(judge_manifest, yaml_files, WORDS)
SETTINGS = Target(judge_settings, yaml_files, WORDS)


def texts() -> st.SearchStrategy[bytes]:
    real = damaged(documents()).map(written) | mutated(yaml_files(), WORDS)
    return sometimes(templated() | real | yaml_texts.texts, repeated(WORDS))


def test_any_manifest() -> None:
    fuzz(MANIFEST, texts(), 125)


def test_any_settings() -> None:
    fuzz(SETTINGS, texts(), 90)


def test_guided_manifests(tmp_path: Path) -> None:
    guided("test_manifests:MANIFEST", tmp_path)


def test_guided_settings(tmp_path: Path) -> None:
    guided("test_manifests:SETTINGS", tmp_path)
