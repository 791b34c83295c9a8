"""Which fields of a configuration are told as newer ones."""

import pytest

from reconciler.triton.config.pbtxt import parse_config
from reconciler.triton.config.protobuf import protobuf
from reconciler.triton.config.releases import SINCE
from reconciler.triton.config.values import Config


def newer(text: str) -> dict[str, str]:
    parsed = parse_config(text)
    assert isinstance(parsed, Config), parsed
    return dict(parsed.newer_fields)


def test_what_every_release_knows() -> None:
    assert newer('backend: "python" max_batch_size: 8 input { name: "a" data_type: TYPE_FP32 dims: 1 }') == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("response_cache { enable: true }", {"response_cache": "2.15.0"}),
        ('platform: "torch_aoti"', {'platform "torch_aoti"': "2.67.0"}),
        ('runtime: "model.py"', {"runtime": "2.42.0"}),
        ('input { name: "a" data_type: TYPE_BF16 dims: 1 }', {"TYPE_BF16": "2.22.0"}),
        ('input { name: "a" data_type: TYPE_FP32 dims: 1 optional: true }', {"optional": "2.18.0"}),
        ("instance_group { passive: true }", {"passive": "2.11.0"}),
        (
            'ensemble_scheduling { step { model_name: "a" model_namespace: "b" } }',
            {"model_namespace": "2.32.0"},
        ),
        ("sequence_batching { oldest { preserve_ordering: true } }", {"preserve_ordering": "2.37.0"}),
        ("batch_input { kind: BATCH_ITEM_SHAPE }", {"BATCH_ITEM_SHAPE": "2.20.0"}),
        ('model_warmup { name: "a" count: 2 }', {"count": "2.24.0"}),
        ('parameters { key: "a" value { string_value: "b" } } runtime: "x"', {"runtime": "2.42.0"}),
        (
            'model_warmup { name: "a" inputs { key: "i" value { data_type: TYPE_BF16 } } }',
            {"TYPE_BF16": "2.22.0"},
        ),
    ],
)
def test_newer_ones(text: str, found: dict[str, str]) -> None:
    assert newer(text) == found


def test_the_table_names_what_there_is() -> None:
    """As far as the protobuf here knows it: it is of one release, too."""
    known = set()

    def walk(descriptor: object) -> None:
        for field in descriptor.fields:
            known.add(f"{descriptor.full_name.removeprefix('inference.')}.{field.name}")
        for enum in descriptor.enum_types:
            known.update(f"{enum.full_name.removeprefix('inference.')}.{value.name}" for value in enum.values)
        for nested in descriptor.nested_types:
            walk(nested)

    module = protobuf()
    for message in module.DESCRIPTOR.message_types_by_name.values():
        walk(message)
    known |= {f"DataType.{value.name}" for value in module.DataType.DESCRIPTOR.values}
    assert set(SINCE) - known <= {"ModelEnsembling.max_inflight_requests"}
