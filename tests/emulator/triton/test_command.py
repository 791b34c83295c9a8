"""The container's command becomes the options of a local tritonserver."""

from pathlib import Path

import pytest

from datascience_emulator.triton import ServerFailed
from datascience_emulator.triton.command import (
    LocalResources,
    can_change,
    default_max_batch_size,
    server_options,
)

MODELS = Path("/var/models/vision")
PLACE = LocalResources(41234, Path("/prepared/backends"), Path("/wheel/caches"), "triton-abc-")
OWN = [
    "--backend-directory=/prepared/backends",
    "--cache-directory=/wheel/caches",
    "--http-address=127.0.0.1",
    "--http-port=41234",
    "--reuse-http-port=true",
    "--allow-grpc=false",
    "--allow-metrics=false",
    "--backend-config=python,shm-region-prefix-name=triton-abc-",
]


def options(*command: str, port: int = 8000) -> list[str]:
    mapped = server_options(command, MODELS, port, PLACE)
    assert mapped[-len(OWN) :] == OWN
    return mapped[: -len(OWN)]


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("/opt/nvidia/nvidia_entrypoint.sh",),
        ("tritonserver", "--model-repository=/opt/ds/model/deployed_model"),
        ("tritonserver", "--model-repository", "/opt/ds/model/deployed_model/"),
        (
            "/opt/nvidia/nvidia_entrypoint.sh",
            "/opt/tritonserver/bin/tritonserver",
            "--model-repository=/opt/ds/model/deployed_model",
        ),
    ],
)
def test_the_artifact_is_the_model_repository(command: tuple[str, ...]) -> None:
    assert options(*command) == ["--model-repository=/var/models/vision"]


def test_a_folder_below_the_artifact() -> None:
    mapped = options("tritonserver", "--model-store=/opt/ds/model/deployed_model/model_repository")
    assert mapped == ["--model-store=/var/models/vision/model_repository"]


def test_options_of_ports_and_folders_of_the_image_are_replaced_and_the_rest_passes() -> None:
    mapped = options(
        "tritonserver",
        "--http-port",
        "5000",
        "--grpc-port=5001",
        "--allow-metrics=true",
        "--backend-directory=/opt/tritonserver/backends",
        "--backend-config=python,shm-region-prefix-name=mine",
        "--backend-config=python,shm-default-byte-size=4194304",
        "--disable-auto-complete-config",
        "--model-control-mode",
        "explicit",
        "--load-model=densenet_onnx",
        "--model-repository=/opt/ds/model/deployed_model",
        port=5000,
    )
    assert mapped == [
        "--backend-config=python,shm-default-byte-size=4194304",
        "--disable-auto-complete-config",
        "--model-control-mode=explicit",
        "--load-model=densenet_onnx",
        "--model-repository=/var/models/vision",
    ]


def test_another_folder_with_the_same_beginning_is_not_the_artifact() -> None:
    with pytest.raises(ServerFailed, match="is not in the artifact"):
        options("tritonserver", "--model-repository=/opt/ds/model/deployed_models")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("python", "serve.py"), "the emulator only runs tritonserver, not 'python'"),
        (("/bin/sh", "-c", "tritonserver"), "the emulator only runs tritonserver, not '/bin/sh'"),
        (("tritonserver", "serve"), "'serve' is not an option"),
        (("tritonserver", "--model-repository=/models"), "is not in the artifact"),
        (("tritonserver", "--model-repository=/opt/ds/model/deployed_model/../../etc"), "leads out of"),
        (
            ("tritonserver", "--http-port=9000"),
            "listens on port 9000 and the deployment's server port is 8000",
        ),
    ],
)
def test_a_command_that_cannot_work_is_refused_with_a_reason(command: tuple[str, ...], message: str) -> None:
    with pytest.raises(ServerFailed, match=message) as failure:
        options(*command)
    assert str(failure.value) == failure.value.reason


@pytest.mark.parametrize(
    ("command", "added"),
    [
        ((), ["--model-control-mode=explicit", "--load-model=*"]),
        (
            ("tritonserver", "--model-repository=/opt/ds/model/deployed_model", "--model-control-mode=poll"),
            [],
        ),
        (
            (
                "tritonserver",
                "--model-repository=/opt/ds/model/deployed_model",
                "--model-control-mode",
                "none",
            ),
            [],
        ),
    ],
)
def test_what_is_changed_while_it_runs_is_controlled_unless_the_command_says_how(
    command: tuple[str, ...], added: list[str]
) -> None:
    usual = server_options(command, MODELS, 8000, PLACE)[: -len(OWN)]
    live = server_options(command, MODELS, 8000, PLACE, live=True)[: -len(OWN)]
    assert live == [*usual, *added]
    assert can_change(command) == bool(added)


@pytest.mark.parametrize(
    ("words", "size"),
    [
        ((), None),
        (("--backend-config=default-max-batch-size=8",), "8"),
        (
            ("--backend-config=onnxruntime,default-max-batch-size=0", "--backend-c=default-max-batch-size=8"),
            "0",
        ),
        (("--backend-config=pytorch,default-max-batch-size=8",), None),
        (
            ("--backend-config", "default-max-batch-size=8", "--backend-config=default-max-batch-size=16"),
            "16",
        ),
    ],
)
def test_the_default_of_the_largest_batch(words: tuple[str, ...], size: str | None) -> None:
    assert default_max_batch_size(("tritonserver", *words)) == size
