"""What auto_complete_config of a model.py adds to a configuration."""

from tests.corpus.case import Case, one_model

X = '{"name": "x", "data_type": "TYPE_FP32", "dims": [2]}'
Y = '{"name": "y", "data_type": "TYPE_FP32", "dims": [2]}'
DECLARED_X = 'input [ { name: "x" data_type: TYPE_FP32 dims: [ 2 ] } ]'


def completed(name: str, body: str, fields: str = "", end: str = "return config", before: str = "") -> Case:
    """The body has a statement on each line; `config` is the configuration."""
    statements = "".join(f"        {line}\n" for line in (*body.splitlines(), end) if line)
    code = (
        f"import triton_python_backend_utils as pb_utils\n{before}\n\nclass TritonPythonModel:\n"
        f"    @staticmethod\n    def auto_complete_config(config):\n{statements}\n"
        "    def execute(self, requests):\n"
        "        return [pb_utils.InferenceResponse([]) for _ in requests]\n"
    )
    return one_model(f"completed_{name}", f'backend: "python" {fields}', {"1/model.py": code})


ADD_BOTH = f"config.add_input({X})\nconfig.add_output({Y})"
LOOP = f"for tensor in [{X}]:\n            config.add_input(tensor)"

CASES = (
    completed("all", ADD_BOTH),
    completed("by_variables", f"one = {X}\nconfig.add_input(one)"),
    completed("by_a_loop", LOOP, 'input [ { name: "x" } ]'),
    completed("by_a_loop_of_another_name", LOOP, 'input [ { name: "z" } ]'),
    completed("of_the_same", ADD_BOTH, DECLARED_X),
    completed("of_another_type", ADD_BOTH, DECLARED_X.replace("FP32", "INT32")),
    completed("of_other_dims", ADD_BOTH, DECLARED_X.replace("[ 2 ]", "[ -1 ]")),
    completed("of_another_output", ADD_BOTH, 'output [ { name: "y" data_type: TYPE_FP32 dims: [ 3 ] } ]'),
    completed("of_no_dims", ADD_BOTH, 'input [ { name: "x" data_type: TYPE_FP32 } ]'),
    completed("of_another_name", ADD_BOTH, 'input [ { name: "z" data_type: TYPE_FP32 } ]'),
    completed("of_an_output_as_input", ADD_BOTH, 'input [ { name: "y" data_type: TYPE_FP32 } ]'),
    completed("optional", ADD_BOTH.replace("[2]}", '[2], "optional": True}', 1), DECLARED_X),
    completed(
        "optional_in_both",
        ADD_BOTH.replace("[2]}", '[2], "optional": True}', 1),
        DECLARED_X.replace("[ 2 ] }", "[ 2 ] optional: true }"),
    ),
    completed("without_dims", 'config.add_input({"name": "x", "data_type": "TYPE_FP32"})'),
    completed("without_name", 'config.add_output({"data_type": "TYPE_FP32", "dims": [1]})'),
    completed("with_format", ADD_BOTH.replace("[2]}", '[2], "format": 1}', 1)),
    completed(
        "optional_output",
        ADD_BOTH.replace("[2]})", '[2], "optional": True})').replace("add_input", "add_output"),
    ),
    completed("not_returned", ADD_BOTH, end=""),
    completed("returned_as_none", ADD_BOTH, end="return"),
    completed("larger_batch", "config.set_max_batch_size(8)", "max_batch_size: 4"),
    completed("smaller_batch", "config.set_max_batch_size(2)", "max_batch_size: 4"),
    completed("dynamic", "config.set_dynamic_batching()", "max_batch_size: 4"),
    completed("dynamic_sequence", "config.set_dynamic_batching()", "sequence_batching { }"),
    completed("decoupled", "config.set_model_transaction_policy({'decoupled': True})"),
    completed(
        "not_decoupled",
        "config.set_model_transaction_policy(dict(decoupled=False))",
        "model_transaction_policy { decoupled: true }",
    ),
    completed(
        "decoupled_of_empty",
        "config.set_model_transaction_policy(dict(decoupled=True))",
        "model_transaction_policy { }",
    ),
    completed("policy_of_others", "config.set_model_transaction_policy({'other': True})"),
)
