"""config.pbtxt, fields of one in a manifest, and folders of models: a value, or everything that is wrong with
them.
"""

import json
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from reconciler.core.model.findings import Finding, Location, has_errors
from reconciler.core.model.served.structure import Structure
from reconciler.triton.config.fields import Field, FieldFault
from reconciler.triton.config.pbtxt import parse_config, write_config
from reconciler.triton.config.places import place_of
from reconciler.triton.config.tree import tree_of
from reconciler.triton.config.values import Config
from reconciler.triton.repository_folder import layout_of_folder
from reconciler.triton.repository_layout import Layout
from tests.fuzz.corpus import configs
from tests.fuzz.mutation import damaged, mutated, repeated, sometimes, written
from tests.fuzz.places import LINE_END, LONGEST, check_place, check_problems
from tests.fuzz.target import Target, fuzz, guided, outcome
from tests.fuzz.typed import check_typed
from tests.support.model_contents import ONNX
from tests.support.repository_files import files_of
from tests.support.served import structure_of_group, structure_served

WORDS = tuple(
    word.encode()
    for word in (
        'name: "', "backend: ", "platform: ", "version_policy: ", "version_policy { ",
        "latest { num_versions: ", "specific { ",
        "versions: [", "all { }", "input [ { ", "output { ", "data_type: TYPE_FP32 ", "dims: [ -1",
        "reshape { shape: [ ] }",
        "ensemble_scheduling { step [ { ", "model_version: ", "parameters { key: ",
        "value: { string_value: ", "{", "}", "[", "]",
        "<", ">", ":", ";", ",", "#", "'", '"', "\n", "\r", "\\x00", "\\377", "\\ud800", "\\U0010ffff", "-1",
        "0x7f", "017",
        "18446744073709551616", "1e999", "nan", "inf", "-inf", "true", "max_batch_size: ",
        "optimization { graph { ", "\u2028",
        "[type.googleapis.com/x] { }", "[a.b]: 1", "default_model_filename: ", "99999999999999999999",
        "TYPE_NONE", "\0",
        "input <", "instance_group [ { kind: ", "sequence_batching { ", "dynamic_batching { }", "é",
    )
)  # fmt: skip
FIELDS_ASKED_FOR: tuple[Field, ...] = (
    ("input", 1, "dims"),
    ("parameters", "key", "string_value"),
    ("ensemble_scheduling", "step", 0, "model_version"),
    ("name", 0, "x"),
)
PATHS = ("m/config.pbtxt", "m/1/model.onnx", "m/3/x", "m/01/x", "n/2/model.py", "deep/m/1/x")


@cache
def home() -> tuple[Path, tempfile.TemporaryDirectory[str]]:
    """A model repository with one model, for as long as this process lives."""
    folder = tempfile.TemporaryDirectory()
    root = Path(folder.name) / "repository"
    for number in (1, 3):
        (root / "m" / str(number)).mkdir(parents=True)
        (root / "m" / str(number) / "model.onnx").write_text(ONNX)
    return root, folder


def judge_config(data: bytes) -> object:
    """By itself, where an artifact is read, and where a folder is laid out."""
    root, _ = home()
    path = root / "m" / "config.pbtxt"
    path.write_bytes(data)
    parse_config.cache_clear()
    tree_of.cache_clear()
    layout, problems = layout_of_folder(root, Location("manifest.yaml", 1, 1))
    assert (layout is None) == has_errors(problems)
    # A line of a config.pbtxt ends with LF alone.
    text = data.decode("utf-8", "replace").replace("\r", " ")
    check_problems(problems, {str(path): text})
    if layout is not None:
        check_typed(layout, Layout, "layout")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return problems
    parsed = parse_config(text)
    check_typed(parsed, Config | tuple[Finding, ...], "parsed")
    if isinstance(parsed, tuple):
        check_problems(parsed, {"": text.replace("\r", " ")})
    for field in FIELDS_ASKED_FOR:
        check_place(Location("", *place_of(text, field)), LINE_END.split(text.replace("\r", " ")))
    served = outcome(lambda: structure_served(files_of(PATHS[:5], {"m/config.pbtxt": text})))
    group = outcome(lambda: structure_of_group({"m": files_of(["1/model"], {"config.pbtxt": text})}))
    for found in (served, group):
        if isinstance(found, Structure):
            check_typed(found, Structure, "structure")
    return layout, problems, parsed, served, group


def judge_fields(data: bytes) -> object:
    """The fields of a manifest, as JSON: written as text that is read back, or all that is wrong."""
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or depth(fields) > 40 or b"\\ud" in data.lower():
        return None  # no manifest is nested deeper, or holds half a character
    text = write_config(fields)
    if isinstance(text, tuple):
        assert text
        for wrong in text:
            check_typed(wrong, FieldFault, "wrong")
            wrong.what.encode()
            assert len(wrong.what) + len(wrong.advice) < LONGEST
        return text
    parse_config.cache_clear()
    parsed = parse_config(text)
    assert isinstance(parsed, Config), f"{text!r}: {parsed}"
    return text, parsed


def depth(value: object) -> int:
    """Levels of lists and tables."""
    level, levels = [value], 0
    while level := [
        child
        for one in level
        if isinstance(one, dict | list)
        for child in (one.values() if isinstance(one, dict) else one)
    ]:
        levels += 1
    return levels


def judge_folder(data: bytes) -> object:
    """A folder of these files, as JSON: a text, or null for an empty folder, or a number for a link."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "repository"
        root.mkdir()
        try:
            files = json.loads(data)
            for path, content in files.items():
                put(root, path, content)
        except (ValueError, RecursionError, OSError, AttributeError, TypeError):
            return None
        layout, problems = layout_of_folder(root, Location("manifest.yaml", 1, 1))
        assert (layout is None) == has_errors(problems)
        check_problems(problems, {})
        if layout is not None:
            check_typed(layout, Layout, "layout")
        return str(layout).replace(folder, ""), str(problems).replace(folder, "")


def put(root: Path, path: str, content: Any) -> None:
    place = root / path.lstrip("/")
    # A link that is there already may lead anywhere: nothing is written through it.
    if ".." in place.parts or not Path(os.path.realpath(place.parent)).is_relative_to(os.path.realpath(root)):
        raise ValueError("outside")
    place.parent.mkdir(parents=True, exist_ok=True)
    if content is None:
        place.mkdir()
    elif isinstance(content, int):
        place.symlink_to([".", "..", "/", "nowhere", "../m", str(root), place.name][content % 7])
    else:
        place.write_bytes(str(content).encode("utf-8", "surrogatepass"))


CONFIG = Target(judge_config, configs, WORDS)
FIELDS = Target(judge_fields, lambda: [json.dumps(one).encode() for one in as_fields()], WORDS)


@cache
def as_fields() -> list[dict[str, Any]]:
    """The same configurations as a manifest has them."""
    from google.protobuf import json_format, text_format

    from reconciler.triton.config.protobuf import protobuf

    texts = [text.decode() for text in configs()]
    messages = [text_format.Parse(text, protobuf().ModelConfig()) for text in texts]
    found = [json_format.MessageToDict(one, preserving_proto_field_name=True) for one in messages]
    whole: dict[str, Any] = {
        "version_policy": {"specific": {"versions": [1, "2", 3.0]}},
        "parameters": {"a": {"string_value": "b"}},
        "optimization": {"priority": "PRIORITY_MAX", "graph": {"level": 1}},
        "instance_group": [{"kind": "KIND_CPU", "count": 2, "gpus": [0]}],
        "dynamic_batching": {
            "preferred_batch_size": [4],
            "priority_queue_policy": {"1": {"max_queue_size": 3}},
        },
    }
    return [*found, whole]


names = st.sampled_from(
    [
        "m",
        "n",
        "M",
        "1",
        "2",
        "01",
        "0",
        "v1",
        "config.pbtxt",
        "model.onnx",
        "model.py",
        ".git",
        "é",
        "e\u0301",
    ]
)
odd_names = st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=4) | st.just("x" * 255)
file_paths = st.lists(names | names | names | odd_names, min_size=1, max_size=4).map("/".join)
contents = (
    st.sampled_from(
        ["", 'name: "m"', 'name: "n" backend: "python"', "version_policy { all { } }", "{", "\ud800"]
    )
    | st.sampled_from([config.decode() for config in configs()])
    | st.none()
    | st.integers(0, 6)
)
folders = st.dictionaries(file_paths, contents, max_size=8)
FOLDER = Target(judge_folder, lambda: [], WORDS)


def test_any_config() -> None:
    texts = (
        mutated(configs(), WORDS)
        | st.lists(st.sampled_from(WORDS), max_size=12).map(b" ".join)
        | st.binary(max_size=40)
    )
    fuzz(CONFIG, sometimes(texts, repeated(WORDS)), 120)


def test_any_fields() -> None:
    fuzz(FIELDS, damaged(as_fields(), most=2).map(written), 90)


def test_any_folder() -> None:
    fuzz(FOLDER, folders.map(written), 75)


def test_guided_configs(tmp_path: Path) -> None:
    guided("test_configs:CONFIG", tmp_path)


def test_guided_fields(tmp_path: Path) -> None:
    guided("test_configs:FIELDS", tmp_path)
