"""What is said of a config.pbtxt that cannot be read: `words.txt` holds the messages, word for word.

With UPDATE_GOLDEN=1 the file is written anew, to be read before it is committed.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from reconciler.triton.config.pbtxt import parse_config
from reconciler.triton.config.tree import MOST_LEVELS
from tests.corpus.case import topics

GOLDEN = Path(__file__).parent / "words.txt"

TENSORRT_LLM = """name: "tensorrt_llm"
backend: "${triton_backend}"
max_batch_size: ${triton_max_batch_size}
parameters { key: "a" value: { string_value: "${engine_dir}" } }
instance_group [ { count: ${bls_instance_count}, gpus: [ ${gpus} ] } ]
"""

TEXTS = {
    "jinja_statement": "{% if gpu %}\ninstance_group { kind: KIND_GPU }\n{% endif %}\n",
    "json_in_a_list": 'input [ { "name": "x" } ]',
    "many_placeholders": TENSORRT_LLM,
    "misspelled_in_many_places": 'nme: "x"\ninput { nam: "x" dimz: 1 data_tpe: TYPE_FP32 }\nbackend: py\n',
    "of_another_level": 'input { max_batch_size: 8 }\ndims: [ 1 ]\nmodel_name: "x"\ncount: 2\n',
    "torch_types": "input [ { data_type: float32 }, { data_type: TYPE_FLOAT16 }, { data_type: int64 } ]",
    "unclosed_list_at_the_end": 'input [\n  { name: "x" }\n',
    "unclosed_message_at_the_end": 'parameters {\n  key: "a"\n  value {\n    string_value: "x"\n}\n',
    "unquoted_path": "default_model_filename: models/net.onnx",
    "unquoted_with_a_hyphen": "name: my-model",
    "windows_path": r'parameters { key: "a" value { string_value: "D:\new\models\x" } }',
    "yaml_list": "input:\n  - name: x\n    data_type: TYPE_FP32\n",
    "far_too_deep": "a {" * (MOST_LEVELS + 1),
    "sign_of_a_shell": "max_batch_size: $BATCH",
    "markdown": '```\nname: "x"\n```\n',
    "python_dict": "parameters: { 'a': 1 }",
}


def said() -> Iterator[str]:
    corpus = {case.name: case.files[f"{case.name}/config.pbtxt"] for case in topics()["text"]}
    for name, text in (corpus | TEXTS).items():
        content = text if isinstance(text, str) else text.decode(errors="surrogateescape")
        found = parse_config(content)
        if isinstance(found, tuple):
            yield f"\n{name.removeprefix('text_')}\n"
            for one in found:
                where = f"{one.where.line}:{one.where.column}"
                yield f"  {where} {one.what}\n" + (f"    {one.advice}\n" if one.advice else "")


def test_messages() -> None:
    found = "".join(said())
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8")
