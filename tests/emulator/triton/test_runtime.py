"""The files that Triton needs are found, or what is missing is explained; backends are prepared once."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from datascience_emulator.triton import ServingUnavailable, check, runtime


def test_triton_can_run_here() -> None:
    check()


def test_a_missing_libpython_names_the_debian_package(tmp_path: Path) -> None:
    with pytest.raises(ServingUnavailable, match=rf"apt-get install libpython{runtime.PYTHON}"):
        runtime.find_libpython([tmp_path])


@pytest.mark.parametrize(
    ("version", "message"), [("2.1.0", "below 2, this is 2.1.0"), (None, "numpy is missing")]
)
def test_numpy_2_and_no_numpy_are_refused(version: str | None, message: str) -> None:
    with pytest.raises(ServingUnavailable, match=message):
        runtime.check_numpy(version)


def test_a_missing_wheel_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ServingUnavailable, match=r"nvidia-pytriton.*pip install"):
        check()


def test_above_python_3_12_the_advice_is_another_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "NEWEST", (3, 10))
    with pytest.raises(ServingUnavailable, match=r"this is 2\.5\.5: .*start .* with Python 3\.12 or 3\.11"):
        runtime.check_numpy("2.5.5")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ServingUnavailable, match=r"nvidia-pytriton.* with Python 3\.12 or 3\.11") as refused:
        check()
    assert "pip install" not in str(refused.value)


def test_another_platform_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(ServingUnavailable, match="Linux"):
        check()


def test_preparing_at_the_same_time_gives_one_runtime(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        runtimes = set(pool.map(runtime.prepare, [tmp_path] * 8))
    (only,) = runtimes
    assert [path.name for path in tmp_path.iterdir()] == [only.backends.parent.name]
    assert os.access(only.backends / "python" / "triton_python_backend_stub", os.X_OK)
    for backend in ("onnxruntime", "pytorch"):
        assert (only.backends / backend / "model.py").is_file()


def test_a_wheel_without_run_bits_gets_them_on_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    prepared = runtime.prepare(tmp_path)
    assert prepared.server.parent == prepared.backends.parent
    assert prepared.server.stat().st_mode & 0o111


def test_the_environment_is_the_deployments_over_sane_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_HOST", "x")
    prepared = runtime.prepare(tmp_path)
    usual = prepared.environment({})
    assert usual["OMP_NUM_THREADS"] == "1"
    assert "SECRET_OF_THE_HOST" not in usual
    given = prepared.environment({"OMP_NUM_THREADS": "4", "MY": "value", "PYTHONPATH": "/opt/mine"})
    assert given["OMP_NUM_THREADS"] == "4"
    assert given["MY"] == "value"
    assert given["PYTHONPATH"].split(":")[-1] == "/opt/mine"
