"""Triton's own reason is found in its log."""

from datascience_emulator.triton import logs

TABLE = r"""
E1122 02:27:48.569 5173 server.cc:241] "CudaDriverHelper has not been initialized."
I1122 02:27:48.583432 5186 pb_stub.cc:298]  Failed to initialize Python stub: ModuleNotFoundError: No module named 'x'
E1122 02:27:48.585629 5173 model_lifecycle.cc:642] "failed to load 'up' version 1: Internal: ModuleNotFoundError: No module named 'x'\n\nAt:\n  /m/up/1/model.py(1): <module>\n"
E1122 02:27:51.088203 5173 model_repository_manager.cc:703] "Invalid argument: ensemble 'e' depends on 'up' which has no loaded version. Model 'up' loading failed with error: version 1 is at UNAVAILABLE state: Internal: ModuleNotFoundError: No module named 'x'\n\nAt:\n  /m/up/1/model.py(1): <module>\n;"
+-------+---------+-----------------------------------------------------------------+
| Model | Version | Status                                                          |
+-------+---------+-----------------------------------------------------------------+
| fine  | 1       | READY                                                           |
| net   | 2       | UNAVAILABLE: Invalid argument: unexpected shape for input 'a'   |
|       |         | expecting [1]                                                   |
| up    | 1       | UNAVAILABLE: Internal: ModuleNotFoundError: No module named 'x' |
|       |         |                                                                 |
|       |         | At:                                                             |
|       |         |   /m/up/1/model.py(1): <module>                                 |
+-------+---------+-----------------------------------------------------------------+
error: creating server: Internal - failed to load all models
"""  # noqa: E501 (Triton's own lines)

UNREADABLE = """
[libprotobuf ERROR /tmp/build/text_format.cc:337] Error parsing text-format inference.ModelConfig: 8:21: Unknown enumeration value of "TYPE_FP33" for field "data_type".
E1122 02:27:53.125213 5273 model_repository_manager.cc:1460] "Poll failed for model directory 'tiny': failed to read text proto from /m/tiny/config.pbtxt"
error: creating server: Internal - failed to load all models
"""  # noqa: E501 (as above)


def test_the_table_of_models_and_the_ensembles_that_depend_on_them() -> None:
    assert logs.reason(TABLE).split("; ") == [
        "model 'net' version 2: Invalid argument: unexpected shape for input 'a' expecting [1]",
        "model 'up' version 1: Internal: ModuleNotFoundError: No module named 'x'",
        "Invalid argument: ensemble 'e' depends on 'up' which has no loaded version. Model 'up' loading "
        "failed with error: "
        "version 1 is at UNAVAILABLE state: Internal: ModuleNotFoundError: No module named 'x'",
    ]


def test_a_config_that_cannot_be_read() -> None:
    reason = logs.reason(UNREADABLE)
    assert "8:21: Unknown enumeration value" in reason
    assert "Poll failed for model directory 'tiny'" in reason


def test_the_last_line_when_there_is_nothing_better() -> None:
    log = "I1122 02:27:58.089 1 a.cc:1] fine\nerror: creating server: Internal - failed to stat file x\n"
    assert logs.reason(log) == "Internal - failed to stat file x"
    assert logs.reason("") == ""


def test_the_tail_is_bounded() -> None:
    assert logs.tail("\n".join(map(str, range(1000)))).splitlines()[-1] == "999"
    assert len(logs.tail("x\n" * 1000).splitlines()) == logs.TAIL_LINES


def test_an_option_that_triton_does_not_know_is_told_before_its_usage() -> None:
    log = (
        "/opt/bin/tritonserver: unrecognized option '--nonsense'\nUsage: tritonserver [options]\n  --help\n\n"
    )
    assert logs.reason(log) == "unrecognized option '--nonsense'"


def test_a_value_that_triton_cannot_read_is_told_behind_its_usage() -> None:
    log = "Usage: tritonserver [options]\n  --help\n\t\tPrint usage\n\nInvalid option value. Got abc\n\n"
    assert logs.reason(log) == "Invalid option value. Got abc"
