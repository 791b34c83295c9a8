"""Sources of Python models: what the stub can import, and what it calls."""

from tests.corpus.case import PYTHON_MODEL, Case, one_model

CONFIG = """backend: "python"
input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
"""
EXECUTE = "    def execute(self, requests):\n        return [None for _ in requests]\n"
CLASS = "class TritonPythonModel:\n"


def of(name: str, source: str | bytes, **others: str) -> Case:
    files: dict[str, str | bytes] = {"1/model.py": source}
    return one_model(f"python_{name}", CONFIG, files | {f"1/{path}": text for path, text in others.items()})


SYNTAX = (
    of("plain", PYTHON_MODEL),
    of("empty", ""),
    of("comment_only", "# nothing\n"),
    of("html", "<!DOCTYPE html><html></html>"),
    of("unfinished", CLASS + "    def execute(self, requests:\n        return []\n"),
    of("python_2", CLASS + EXECUTE + '\nprint "loaded"\n'),
    of("mixed_tabs", CLASS + "    def execute(self, requests):\n\treturn []\n        return []\n"),
    of("tabs", CLASS + "\tdef execute(self, requests):\n\t\treturn []\n"),
    of("nul", CLASS + EXECUTE + "\0\n"),
    of("windows_lines", (CLASS + EXECUTE).replace("\n", "\r\n")),
    of("byte_order_mark", b"\xef\xbb\xbf" + (CLASS + EXECUTE).encode()),
    of("utf_16", (CLASS + EXECUTE).encode("utf-16")),
    of("latin_1", b"# caf\xe9\n" + (CLASS + EXECUTE).encode()),
    of("latin_1_declared", b"# -*- coding: latin-1 -*-\n# caf\xe9\n" + (CLASS + EXECUTE).encode()),
    of("unknown_encoding", b"# -*- coding: nonsense -*-\n" + (CLASS + EXECUTE).encode()),
    of("odd_escape", CLASS + '    pattern = "\\d"\n' + EXECUTE),
    of(
        "match_statement",
        CLASS + EXECUTE + "        match requests:\n            case _:\n                pass\n",
    ),
)

CLASSES = (
    of("other_class", "class Model:\n" + EXECUTE),
    of("class_in_small_letters", "class tritonpythonmodel:\n" + EXECUTE),
    of("class_inside_another", "class Outer:\n    class TritonPythonModel:\n        pass\n"),
    of("class_inside_function", "def make():\n    class TritonPythonModel:\n        pass\n"),
    of("class_assigned", "class Model:\n" + EXECUTE + "TritonPythonModel = Model\n"),
    of(
        "class_by_condition",
        "if True:\n    class TritonPythonModel:\n        def execute(self, requests):\n"
        "            return []\n",
    ),
    of("class_imported", "from .inner import TritonPythonModel\n", **{"inner.py": CLASS + EXECUTE}),
    of("class_from_all", "from .inner import *\n", **{"inner.py": CLASS + EXECUTE}),
    of("class_by_globals", "globals()['Triton' + 'PythonModel'] = type('M', (), {'execute': None})\n"),
    of(
        "class_global",
        "def make():\n    global TritonPythonModel\n    class TritonPythonModel:\n"
        "        def execute(self, requests):\n            return []\nmake()\n",
    ),
    of("class_with_arguments", CLASS + "    def __init__(self, size):\n        pass\n" + EXECUTE),
    of("class_with_default", CLASS + "    def __init__(self, size=1):\n        pass\n" + EXECUTE),
    of("class_as_function", "class Model:\n" + EXECUTE + "def TritonPythonModel():\n    return Model()\n"),
)

METHODS = (
    of("without_execute", CLASS + "    def initialize(self, args):\n        pass\n"),
    of("execute_inherited", "class Base:\n" + EXECUTE + "class TritonPythonModel(Base):\n    pass\n"),
    of(
        "execute_set", CLASS + "    def initialize(self, args):\n        self.execute = lambda requests: []\n"
    ),
    of("execute_without_requests", CLASS + "    def execute(self):\n        return []\n"),
    of("initialize_without_args", CLASS + "    def initialize(self):\n        pass\n" + EXECUTE),
    of("initialize_with_two", CLASS + "    def initialize(self, args, more):\n        pass\n" + EXECUTE),
    of("initialize_with_any", CLASS + "    def initialize(self, *args, **more):\n        pass\n" + EXECUTE),
    of("initialize_static", CLASS + "    @staticmethod\n    def initialize(args):\n        pass\n" + EXECUTE),
)


def completing(head: str, body: str = "return config") -> str:
    lines = "".join(f"    {line}\n" for line in head.split("\n"))
    return CLASS + lines + f"        {body}\n" + EXECUTE


COMPLETIONS = (
    of("completion", completing("@staticmethod\ndef auto_complete_config(config):")),
    of("completion_of_class", completing("@classmethod\ndef auto_complete_config(cls, config):")),
    of("completion_of_object", completing("def auto_complete_config(self, config):")),
    of("completion_plain", completing("def auto_complete_config(config):")),
    of("completion_with_default", completing("def auto_complete_config(config, more=None):")),
    of("completion_without_return", completing("@staticmethod\ndef auto_complete_config(config):", "pass")),
    of("completion_of_nothing", completing("@staticmethod\ndef auto_complete_config(config):", "return")),
    of("completion_async", completing("@staticmethod\nasync def auto_complete_config(config):")),
    of("completion_yields", completing("@staticmethod\ndef auto_complete_config(config):", "yield config")),
)

NAMES = (
    one_model("python_other_name", CONFIG + 'default_model_filename: "net.py"\n', {"1/net.py": PYTHON_MODEL}),
    one_model(
        "python_name_with_hyphen",
        CONFIG + 'default_model_filename: "my-net.py"\n',
        {"1/my-net.py": PYTHON_MODEL},
    ),
    one_model(
        "python_name_with_dot",
        CONFIG + 'default_model_filename: "my.net.py"\n',
        {"1/my.net.py": PYTHON_MODEL},
    ),
    one_model("python_name_without_py", CONFIG + 'default_model_filename: "net"\n', {"1/net": PYTHON_MODEL}),
    one_model(
        "python_name_in_folder",
        CONFIG + 'default_model_filename: "sub/net.py"\n',
        {"1/sub/net.py": PYTHON_MODEL},
    ),
)

PARAMETERS = (
    one_model(
        "python_parameter",
        CONFIG + 'parameters { key: "FORCE_CPU_ONLY_INPUT_TENSORS" value { string_value: "no" } }\n',
    ),
    one_model(
        "python_parameter_true",
        CONFIG + 'parameters { key: "FORCE_CPU_ONLY_INPUT_TENSORS" value { string_value: "true" } }\n',
    ),
)

CASES = (*SYNTAX, *CLASSES, *METHODS, *COMPLETIONS, *NAMES, *PARAMETERS)
