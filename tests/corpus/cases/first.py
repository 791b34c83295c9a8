"""The smallest cases: what the harness itself needs."""

from tests.corpus.case import PYTHON_MODEL, one_model, repository

IO = """
input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
"""

CASES = (
    one_model("plain", f'backend: "python"{IO}'),
    repository(
        "two_versions",
        {
            "m/config.pbtxt": f'backend: "python"{IO}',
            "m/1/model.py": PYTHON_MODEL,
            "m/2/model.py": PYTHON_MODEL,
        },
    ),
)
