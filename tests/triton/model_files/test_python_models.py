"""What is said of a model.py, and what is not."""

import warnings
from pathlib import Path

import pytest

from reconciler.core.model.findings import Location
from reconciler.triton.model_files.python_completion import completion_in
from reconciler.triton.repository_folder import layout_of_folder

EXECUTE = "    def execute(self, requests):\n        return []\n"
COMPLETE = "    @staticmethod\n    def auto_complete_config(config):\n"


@pytest.mark.parametrize(
    "body",
    [
        "        config.set_max_batch_size(4)\n",
        "        return\n",
        "        return None\n",
        "        return 1\n",
    ],
)
def test_a_configuration_that_is_not_returned_is_one_problem(tmp_path: Path, body: str) -> None:
    version = tmp_path / "models" / "m" / "1"
    version.mkdir(parents=True)
    (version / "model.py").write_text(f"class TritonPythonModel:\n{EXECUTE}{COMPLETE}{body}")
    _, findings = layout_of_folder(tmp_path / "models", Location("manifest.yaml", 1, 1))
    assert [finding.what for finding in findings] == [
        "`auto_complete_config` does not return the configuration"
    ]


def test_what_the_parser_warns_of_goes_to_nobody() -> None:
    code = f'PATTERN = "\\d"\nclass TritonPythonModel:\n{EXECUTE}{COMPLETE}        return config\n'
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert completion_in(code.encode()) is not None
    assert heard == []
