"""Where a field stands in a config.pbtxt."""

import pytest

from reconciler.triton.config.fields import Field
from reconciler.triton.config.places import place_of

TEXT = """name: "m"  # input
input [
  { name: "a" dims: [ 1, -1 ] },
  { name: "b", dims: 3 dims: 4 }
]
input { name: "c" reshape: { shape: [ ] } }
parameters: { key: "k" value: { string_value: "v" } }
parameters [ { value { string_value: "w" } key: 'l' '2' }, {
  key: "m"
} ]
metric_tags { key: "t" value: "u" }
version_policy < specific < versions: 2, versions: 5 > >
ensemble_scheduling { step [ { model_name: "x"
  input_map { key: "value" value: "y" } } ] }
"""


@pytest.mark.parametrize(
    ("field", "line", "column"),
    [
        ((), 0, 0),
        (("backend",), 0, 0),
        (("name",), 1, 1),
        (("input",), 2, 1),
        (("input", 0), 3, 3),
        (("input", 0, "dims"), 3, 15),
        (("input", 0, "dims", 1), 3, 26),
        (("input", 0, "data_type"), 3, 3),
        (("input", 1, "dims"), 4, 16),
        (("input", 1, "dims", 1), 4, 24),
        (("input", 2), 6, 1),
        (("input", 2, "reshape", "shape", 0), 6, 30),
        (("input", 3, "dims"), 2, 1),
        (("parameters",), 7, 1),
        (("parameters", "k"), 7, 1),
        (("parameters", "k", "string_value"), 7, 33),
        (("parameters", "l2", "string_value"), 8, 24),
        (("parameters", "m", "string_value"), 8, 60),
        (("parameters", "absent", "string_value"), 7, 1),
        (("metric_tags", "t"), 11, 1),
        (("version_policy", "specific", "versions", 1), 12, 42),
        (("ensemble_scheduling", "step", 0, "model_name"), 13, 32),
        (("ensemble_scheduling", "step", 0, "input_map", "value"), 14, 3),
        (("ensemble_scheduling", "step", 0, "output_map", "value"), 13, 30),
    ],
)
def test_the_field_or_the_nearest_around_it(field: Field, line: int, column: int) -> None:
    assert place_of(TEXT, field) == (line, column)


def test_in_a_text_that_cannot_be_read_to_its_end() -> None:
    assert place_of('name: "m"\nbackend: "x"\n}', ("backend",)) == (2, 1)
