"""Many manifests are read fast and with few imports; damaged ones end in findings, and in nothing else."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.core.model.errors import InvalidManifests
from reconciler.core.privacy.credential_patterns import credentials_in
from reconciler.manifests.settings import load_settings
from tests.support.manifests import FULL, load, write


def test_a_thousand_manifests(root: Path) -> None:
    write(root, FULL.replace("name: vision\n", "name: v0\n"), "manifests/m0.yaml")
    for number in range(1, 1000):
        write(root, FULL.replace("name: vision\n", f"name: v{number}\n"), f"manifests/m{number}.yaml")
    assert len(load(root)) == 1000


@pytest.mark.parametrize("value", ["9" * 6000, "VM.Standard." + "x" * 6000, "x" * 6000])
@pytest.mark.parametrize(
    "field", ["shape: VM.Standard.E4.Flex", "name: vision\n", "tag: 1.0.0", "state: inactive"]
)
def test_messages_stay_short_whatever_a_manifest_says(root: Path, field: str, value: str) -> None:
    name = field.partition(":")[0]
    write(root, FULL.replace(field, f"{name}: {value}\n" if field.endswith("\n") else f"{name}: {value}"))
    with pytest.raises(InvalidManifests) as caught:
        load(root)
    for problem in caught.value.findings:
        assert len(problem.what) + len(problem.advice) < 1500, problem


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import reconciler.manifests.discovery", "jinja2 jsonschema oci numpy google.protobuf"),
        ("import reconciler.manifests.loading, reconciler.manifests.settings", "jinja2 jsonschema oci numpy"),
    ],
)
def test_imports_are_light(code: str, absent: str) -> None:
    check = f"{code}\nimport sys\nprint([name for name in {absent.split()} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


PIECES = st.sampled_from(
    [
        *FULL.splitlines(keepends=True),
        "- ",
        ": ",
        "\t",
        "{{ ",
        " }}",
        "&a ",
        "*a ",
        "|\n",
        "'",
        '"',
        "[",
        "]",
        "{",
        "}",
        "---\n",
        "!!x ",
        "\0",
    ]
)


def unharmed(read: Callable[[], object]) -> None:
    said = "problems"
    try:
        read()
    except InvalidManifests as error:
        said = str(error)
    assert said


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=200) | st.lists(PIECES, max_size=40).map(lambda pieces: "".join(pieces).encode())
)
def test_any_file_gives_drafts_or_problems(root: Path, data: bytes) -> None:
    path = root / "manifests" / "any.yaml"
    path.write_bytes(data)
    unharmed(lambda: load(root, path))
    (root / "reconciler.yaml").write_bytes(data)
    unharmed(lambda: load_settings(root))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, len(FULL)), length=st.integers(0, 30), new=st.text(max_size=8))
def test_any_damage_gives_drafts_or_problems(root: Path, start: int, length: int, new: str) -> None:
    path = root / "manifests" / "any.yaml"
    path.write_bytes((FULL[:start] + new + FULL[start + length :]).encode("utf-8", "surrogatepass"))
    unharmed(lambda: load(root, path))


def test_of_endless_credentials_a_thousand_are_told() -> None:
    """The line of each is counted from the beginning of the file."""
    found = list(credentials_in("https://user:word@host\n" * 40_000, "m.yaml", ""))
    assert [problem.where.line for problem in found] == list(range(1, 1001))
