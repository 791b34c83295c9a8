"""Model files of backends that need another machine or image: what stands in their place. The server of the
corpus has none of these backends, and refuses all of them.
"""

import json

from tests.corpus.case import Case, one_model

IO = """
input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
"""
HTML = "<!DOCTYPE html><html><body>404</body></html>"
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4\n"
NETWORK = '<?xml version="1.0"?><net name="n" version="11"><layers>{}</layers></net>'
CONSTANT = '<layer id="1" name="w" type="Const" version="opset1"/>'
ENGINE = bytes(range(64))
ZIP = b"PK\x03\x04" + bytes(40)


def of(name: str, backend: str, files: dict[str, str | bytes], more: str = "") -> Case:
    inside = {f"1/{path}": content for path, content in files.items()}
    return one_model(f"other_{name}", f'backend: "{backend}"{IO}{more}', inside)


BINARIES = (
    of("plan", "tensorrt", {"model.plan": ENGINE}),
    of("plan_empty", "tensorrt", {"model.plan": ""}),
    of("plan_html", "tensorrt", {"model.plan": HTML}),
    of("plan_pointer", "tensorrt", {"model.plan": POINTER}),
    of("plan_json", "tensorrt", {"model.plan": '{"error": "no such key"}'}),
    of("plan_zip", "tensorrt", {"model.plan": ZIP}),
    of("graph", "tensorflow", {"model.graphdef": ENGINE}, 'platform: "tensorflow_graphdef"\n'),
    of("graph_html", "tensorflow", {"model.graphdef": HTML}, 'platform: "tensorflow_graphdef"\n'),
    of("pipeline_empty", "dali", {"model.dali": ""}),
)

SAVED = 'platform: "tensorflow_savedmodel"\n'
FOLDERS = (
    of("saved", "tensorflow", {"model.savedmodel/saved_model.pb": ENGINE}, SAVED),
    of(
        "saved_with_variables",
        "tensorflow",
        {
            "model.savedmodel/saved_model.pb": ENGINE,
            "model.savedmodel/variables/variables.index": ENGINE,
            "model.savedmodel/variables/variables.data-00000-of-00001": ENGINE,
        },
        SAVED,
    ),
    of("saved_empty", "tensorflow", {"model.savedmodel/saved_model.pb": ""}, SAVED),
    of("saved_without_graph", "tensorflow", {"model.savedmodel/assets/words.txt": "a\n"}, SAVED),
    of(
        "saved_without_data",
        "tensorflow",
        {"model.savedmodel/saved_model.pb": ENGINE, "model.savedmodel/variables/variables.index": ENGINE},
        SAVED,
    ),
    of("network", "openvino", {"model.xml": NETWORK.format(CONSTANT), "model.bin": ENGINE}),
    of("network_without_constants", "openvino", {"model.xml": NETWORK.format("")}),
    of("network_without_weights", "openvino", {"model.xml": NETWORK.format(CONSTANT)}),
    of("network_html", "openvino", {"model.xml": HTML, "model.bin": ENGINE}),
)

TEXTS = (
    of("vllm", "vllm", {"model.json": json.dumps({"model": "m", "gpu_memory_utilization": 0.5})}),
    of("vllm_broken", "vllm", {"model.json": '{"model": "m",}'}),
    of("vllm_list", "vllm", {"model.json": '["m"]'}),
    of("vllm_empty", "vllm", {"model.json": ""}),
    of("engine", "tensorrtllm", {"config.json": "{}", "rank0.engine": ENGINE, "rank1.engine": ENGINE}),
    of("engine_elsewhere", "tensorrtllm", {".keep": ""}),
    of("engine_without_config", "tensorrtllm", {"rank0.engine": ENGINE}),
    of("engine_with_broken_config", "tensorrtllm", {"config.json": "{", "rank0.engine": ENGINE}),
    of("engine_without_a_rank", "tensorrtllm", {"config.json": "{}", "rank1.engine": ENGINE}),
    of("engine_pointer", "tensorrtllm", {"config.json": "{}", "rank0.engine": HTML}),
)

CASES = (*BINARIES, *FOLDERS, *TEXTS)
