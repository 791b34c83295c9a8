"""Rules on what auto_complete_config of a model.py makes of a configuration, where that is plain to read
(python_backend, triton_python_backend_utils.py, class ModelConfig).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.triton.model_files.python_completion import Completion, Value
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.reading.completion import completions
from reconciler.triton.rules.reading.data_types import type_name
from reconciler.triton.rules.reading.tensor_list import DeclaredTensor, quoted, tensors_of
from reconciler.triton.rules.rule import Fault, Repository, Rule

NEEDED = ("name", "data_type", "dims")
ALLOWED = {"input": {*NEEDED, "optional"}, "output": {*NEEDED}}


def _bad_call(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for path, completion in completions(model):
        for kind, allowed in ALLOWED.items():
            for tensor in completion.tensors(f"add_{kind}"):
                lacking = [name for name in NEEDED if name not in tensor]
                other = [name for name in tensor if name not in allowed]
                if lacking or other:
                    wrong = f"lacks {lacking[0]}" if lacking else f"has {quoted(str(other[0]))}"
                    what = f"auto_complete_config adds an {kind} that {wrong}"
                    yield Fault(what, f"Give it {', '.join(NEEDED)}.", path=path)
        for policy in _arguments(completion, "set_model_transaction_policy"):
            if isinstance(policy, dict) and (other := [name for name in policy if name != "decoupled"]):
                what = f"auto_complete_config sets a transaction policy with {quoted(str(other[0]))}"
                yield Fault(what, "It may have `decoupled` alone.", path=path)


def _other_tensor(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for path, completion in completions(model):
        added = {
            (kind, tensor.get("name")): tensor
            for kind in ALLOWED
            for tensor in completion.tensors(f"add_{kind}")
            if isinstance(tensor.get("name"), str)
        }
        for tensor in tensors_of(model) if added else ():
            if of_model := added.get((tensor.kind, tensor.message.name)):
                yield from _differs(tensor, of_model, path)


def _differs(tensor: DeclaredTensor, added: Mapping[str, Value], path: str) -> Iterator[Fault]:
    written: dict[str, Any] = {
        "data_type": type_name(tensor.message.data_type) if tensor.message.data_type else None,
        "dims": list(tensor.message.dims) or None,
    }
    if tensor.kind == "input" and "optional" in added:
        written["optional"] = tensor.message.optional
    for name, value in written.items():
        if value is not None and name in added and added[name] != value:
            what = f"{tensor.title} has {name} {_shown(value)}, and {path} adds it with {_shown(added[name])}"
            yield Fault(what, "Write the same in both places, or in one alone.", tensor.field(name))


def _shown(value: Value) -> str:
    return quoted(str(value)).strip("'\"")


def _other_batching(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    message = model.message
    for path, completion in completions(model):
        for largest in _arguments(completion, "set_max_batch_size"):
            if isinstance(largest, int) and message.max_batch_size > largest:
                what = f"max_batch_size is {message.max_batch_size}, and {path} sets {largest}"
                yield Fault(what, "Write the lower one.", ("max_batch_size",))
        called = any(method == "set_dynamic_batching" for method, _ in completion.calls)
        if called and message.HasField("sequence_batching"):
            what = f"the model takes sequences, and {path} sets dynamic batching"
            yield Fault(what, "Leave one of the two out.", ("sequence_batching",))
        for policy in _arguments(completion, "set_model_transaction_policy"):
            decoupled = policy.get("decoupled") if isinstance(policy, dict) else None
            own = message.model_transaction_policy
            if message.HasField("model_transaction_policy") and decoupled not in (None, own.decoupled):
                what = f"decoupled is {str(own.decoupled).lower()}, and {path} sets the contrary"
                yield Fault(what, "Write the same in both places.", ("model_transaction_policy", "decoupled"))


def _arguments(completion: Completion, method: str) -> Iterator[Value]:
    for name, arguments in completion.calls:
        if name == method and len(arguments) == 1:
            yield arguments[0]


_SOURCE = "python_backend, triton_python_backend_utils.py, ModelConfig"
RULES = (
    Rule("bad-completion", f"{_SOURCE}.add_input, add_output and set_model_transaction_policy", _bad_call),
    Rule("completion-of-another-tensor", f"{_SOURCE}.add_input and add_output", _other_tensor),
    Rule("completion-of-batching", f"{_SOURCE}.set_max_batch_size and set_dynamic_batching", _other_batching),
)
