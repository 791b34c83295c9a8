"""What a command serves of a model repository: as the real server says when it starts."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError

import pytest

from reconciler.core.model.artifact import Folder, LocalFile
from reconciler.core.model.served.contract import Contract
from reconciler.core.model.served.model_folder import ModelConfiguration, ModelFolder
from reconciler.core.model.served.structure import Structure, WillNotServe
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.live_models import models_in
from reconciler.triton.server.served import serve_the_same, served_by
from tests.support.repository_files import files_of
from tests.support.tiny_models import MARK_CONFIG, MARK_MODEL, write
from tests.support.triton_server import serving
from tests.triton.server.conftest import Server

ENSEMBLE = """platform: "ensemble"
input [ { name: "X" data_type: TYPE_FP32 dims: [ -1 ] } ]
output [ { name: "SUM" data_type: TYPE_FP32 dims: [ 1 ] } ]
ensemble_scheduling { step [ {
  model_name: "first" model_version: -1
  input_map { key: "X" value: "X" } output_map { key: "SUM" value: "SUM" }
} ] }
"""
READY = re.compile(r"^\| (\w+) +\| (\d+) +\| READY +\|$", re.MULTILINE)

Table = Callable[..., set[tuple[str, int]]]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ensemble over `first`; `second` with a variant; `bare` without a configuration."""
    folder = tmp_path_factory.mktemp("served")
    for name in ("first", "second"):
        write(folder / name / "config.pbtxt", MARK_CONFIG)
        for number in (1, 2):
            write(folder / name / str(number) / "model.py", MARK_MODEL.replace("{mark}", "1"))
    write(folder / "second/configs/every.pbtxt", f"{MARK_CONFIG}version_policy {{ all {{}} }}\n")
    write(folder / "both/config.pbtxt", ENSEMBLE)
    (folder / "both/1").mkdir()
    write(folder / "bare/1/model.py", MARK_MODEL.replace("{mark}", "1"))
    return folder


@pytest.fixture(scope="module")
def models(repository: Path) -> tuple[ModelFolder, ...]:
    sources = {
        path.relative_to(repository).as_posix() + "/" * path.is_dir(): (
            Folder() if path.is_dir() else LocalFile(str(path))
        )
        for path in repository.rglob("*")
    }
    return models_in(LocalFiles(sources))


@pytest.fixture(scope="module")
def ready(repository: Path, server: Server) -> Table:
    """The models and versions that a real server with these options calls ready."""

    def run(*words: str) -> set[tuple[str, int]]:
        printed = server(f"--model-repository={repository}", "--http-port=0", *words)
        return {(match[1], int(match[2])) for match in READY.finditer(printed)}

    return run


ALL = {("both", 1), ("first", 2), ("second", 2), ("bare", 1)}


@pytest.mark.parametrize(
    ("words", "versions"),
    [
        ((), ALL),
        (("--model-control-mode=poll",), ALL),
        (("--model-control-mode=explicit",), set()),
        (("--model-control-mode=explicit", "--load-model=*"), ALL),
        (("--model-control-mode=explicit", "--load-model=second"), {("second", 2)}),
        (("--model-control-mode=EXPLICIT", "--load-model", "both"), {("both", 1), ("first", 2)}),
        (("--model-config-name=every",), ALL | {("second", 1)}),
        (("--model-config-name=none",), ALL),
        (
            (
                "--exit-on-error=false",
                "--model-control-mode=explicit",
                "--load-model=no",
                "--load-model=first",
            ),
            {("first", 2)},
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_served(
    words: tuple[str, ...], versions: set[tuple[str, int]], models: tuple[ModelFolder, ...], ready: Table
) -> None:
    found = served_by(models, ("tritonserver", *words))
    assert isinstance(found, Structure)
    assert found.versions == versions
    assert not found.assumed
    assert ready(*words) == versions


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--model-control-mode=explicit", "--load-model=no"), "there is no such model"),
        (("--disable-auto-complete-config",), "bare has no configuration"),
        (("--strict-model-config=true",), "bare has no configuration"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_server_that_gives_up(
    words: tuple[str, ...], why: str, models: tuple[ModelFolder, ...], repository: Path, server: Server
) -> None:
    found = served_by(models, ("tritonserver", *words))
    assert isinstance(found, WillNotServe)
    assert why in found.why
    printed = server(f"--model-repository={repository}", "--http-port=0", *words)
    assert "Started HTTPService" not in printed


def test_a_variant_is_a_configuration_too(tmp_path: Path, server: Server) -> None:
    write(tmp_path / "m/configs/x.pbtxt", MARK_CONFIG)
    write(tmp_path / "m/1/model.py", MARK_MODEL.replace("{mark}", "1"))
    words = ("--disable-auto-complete-config", "--model-config-name=x")
    texts = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*.p*")}
    found = served_by(models_in(files_of((), texts)), ("tritonserver", *words))
    assert isinstance(found, Structure)
    assert found.versions == {("m", 1)}
    assert "Started HTTPService" in server(f"--model-repository={tmp_path}", "--http-port=0", *words)


def test_who_lacks_the_header_of_a_restriction_is_refused(tmp_path: Path, server: Server) -> None:
    restriction = "--http-restricted-api=inference:key=value"
    found = served_by((), ("tritonserver", restriction))
    assert isinstance(found, Structure)
    assert found.restricted == {"inference:key=value"}
    (tmp_path / "models").mkdir()
    with serving(tmp_path / "models", tmp_path, restriction) as asked, pytest.raises(HTTPError) as refused:
        asked.infer("m", {})
    with refused.value as answer:
        assert answer.code == 403


def test_what_is_not_completed_is_not_known() -> None:
    """The file says what the server would make of it, if it were let."""
    made = ModelConfiguration(contracts=((1, Contract((), ())),), completed=True)
    models = [ModelFolder("m", (1,), (("config.pbtxt", made),))]
    assert served_by(models, ("tritonserver",)) == Structure(
        frozenset({("m", 1)}), ((("m", 1), Contract((), ())),)
    )
    assert served_by(models, ("tritonserver", "--strict-model-config=true")) == Structure(
        frozenset({("m", 1)})
    )


def test_an_ensemble_with_larger_batches_than_its_step_does_not_load(tmp_path: Path, server: Server) -> None:
    """As `validate` says of it (`laid_out_model`)."""
    write(tmp_path / "first/config.pbtxt", MARK_CONFIG.replace("max_batch_size: 0", "max_batch_size: 8"))
    write(tmp_path / "first/1/model.py", MARK_MODEL.replace("{mark}", "1"))
    write(tmp_path / "both/config.pbtxt", f"max_batch_size: 9\n{ENSEMBLE}")
    (tmp_path / "both/1").mkdir()
    printed = server(f"--model-repository={tmp_path}", "--http-port=0")
    assert "both allows maximum batch size 9, but it contains model first" in printed


@pytest.mark.parametrize(
    ("step", "decoupled", "sequence"),
    [
        ("model_transaction_policy { decoupled: true }", True, False),
        ("sequence_batching { }", False, True),
        ("", False, False),
    ],
)
def test_an_ensemble_is_called_as_its_steps_are(step: str, decoupled: bool, sequence: bool) -> None:
    """Whatever it says of itself (tests/corpus, ens_decoupled_by_itself)."""
    outer = ENSEMBLE.replace("first", "both")
    both = f"{ENSEMBLE}model_transaction_policy {{ decoupled: true }}"
    texts = {"first": f"{MARK_CONFIG}{step}", "both": both, "outer": outer}
    configs = {f"{name}/config.pbtxt": text for name, text in texts.items()}
    files = files_of(["first/1/model.py", "both/1/x", "outer/1/x"], configs)
    found = served_by(models_in(files), ("tritonserver",))
    assert isinstance(found, Structure)
    contracts = {model: contract for (model, _), contract in found.contracts}
    assert {contract.decoupled for contract in contracts.values()} == {decoupled}
    assert {contract.sequence for contract in contracts.values()} == {sequence}
    assert contracts.keys() == {"first", "both", "outer"}


def test_a_command_that_is_not_known_is_taken_to_serve_everything(models: tuple[ModelFolder, ...]) -> None:
    found = served_by(models, ("sh", "-c", "tritonserver --model-control-mode=explicit"))
    assert isinstance(found, Structure)
    assert found.versions == ALL
    assert found.assumed


def test_without_a_command_the_image_is_taken_to_serve_everything(models: tuple[ModelFolder, ...]) -> None:
    assert served_by(models, ()) == served_by(models, ("tritonserver",))
    assert serve_the_same((), ("tritonserver", "--log-verbose=1"))
    assert not serve_the_same((), ("tritonserver", "--model-control-mode=explicit"))


@pytest.mark.parametrize(
    ("after", "same"),
    [
        (("tritonserver", "--log-verbose=1"), True),
        (("/opt/tritonserver/bin/tritonserver", "--http-port", "8080"), True),
        (("tritonserver", "--model-control-mode=explicit"), False),
        (("tritonserver", "--model-config-name=every"), False),
        (("tritonserver", "--exit-on-error=false"), False),
        (("tritonserver", "--http-restricted-api=inference:key=value"), False),
        (("tritonserver", "--backend-config=onnxruntime,default-max-batch-size=8"), False),
        (("tritonserver", "--backend-config=python,shm-default-byte-size=1"), True),
        (("sh", "-c", "tritonserver"), False),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_which_commands_serve_the_same(after: tuple[str, ...], same: bool) -> None:
    assert serve_the_same(("tritonserver",), after) is same
    assert serve_the_same(after, after)


def test_of_an_option_that_counts_once_the_order_matters() -> None:
    one, other = "--model-config-name=every", "--model-config-name=none"
    assert not serve_the_same(("tritonserver", one, other), ("tritonserver", other, one))
    one, other = "--load-model=first", "--load-model=second"
    assert serve_the_same(("tritonserver", one, other), ("tritonserver", other, one))
