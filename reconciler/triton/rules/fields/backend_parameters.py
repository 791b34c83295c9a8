"""Rules on what the backends onnxruntime and pytorch read in `parameters` and `optimization` (r24.10:
onnxruntime_backend, onnxruntime.cc, ModelState; pytorch_backend, libtorch.cc, ParseParameters; backend,
backend_common.cc). They do not look at parameters of other names.
"""

import re
from collections.abc import Iterator

from reconciler.core.model.findings import Severity
from reconciler.triton.backends import MODEL_FILE, ONNXRUNTIME, PYTHON, PYTORCH
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.reading.tensor_list import quoted
from reconciler.triton.rules.rule import Fault, Repository, Rule

ONCE = "INTER_OP_THREAD_COUNT"
"""torch sets it once in a process; a second time ends the server."""

NUMBERS = {
    ONNXRUNTIME: ("execution_mode", "intra_op_thread_count", "inter_op_thread_count"),
    PYTORCH: ("INTRA_OP_THREAD_COUNT", ONCE),
}
SWITCHES = {
    ONNXRUNTIME: ("enable_mem_arena", "enable_mem_pattern"),
    PYTORCH: (
        *("DISABLE_OPTIMIZED_EXECUTION", "ENABLE_CACHE_CLEANING", "INFERENCE_MODE", "DISABLE_CUDNN"),
        *("ENABLE_TENSOR_FUSER", "ENABLE_WEIGHT_SHARING", "ENABLE_JIT_PROFILING", "ENABLE_JIT_EXECUTOR"),
    ),
}
OF_CPU = "cpu_execution_accelerator"
ON_GPUS = "KIND_GPU"
ACCELERATORS = {"gpu_execution_accelerator": ("cuda", "tensorrt"), OF_CPU: ("openvino",)}
EXECUTION_MODE = "execution_mode"
LARGEST = 2**31
_NUMBER = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]{1,20})")
_SWITCH = frozenset({"true", "on", "1", "false", "off", "0"})


def _given(model: RepositoryModel, keys: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    by_library = model.settings.runtime != MODEL_FILE[PYTHON]
    for key in keys if by_library else ():
        if key in model.message.parameters:
            yield key, model.message.parameters[key].string_value


def _number(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for key, value in _given(model, NUMBERS.get(model.backend, ())):
        number = _whole_number(value)
        if number is None:
            yield Fault(f"{key} is {quoted(value)}", "Write a whole number.", ("parameters", key))
        elif key == EXECUTION_MODE and number not in (0, 1):
            advice = "Write 0 for one operator after another, 1 for several at once."
            yield Fault(f"{key} is {quoted(value)}", advice, ("parameters", key))


def _whole_number(text: str) -> int | None:
    """The number at the start of a text, as the backends read it; None where there is none."""
    match = _NUMBER.match(text)
    return int(match[1]) if match and -LARGEST <= int(match[1]) < LARGEST else None


def _switch(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for key, value in _given(model, SWITCHES.get(model.backend, ())):
        if value.lower() not in _SWITCH:
            yield Fault(f"{key} is {quoted(value)}", "Write true or false.", ("parameters", key))


def _set_twice(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    loads = sum(len(other.served) for other in repository.values() if other and _sets(other))
    if loads > 1 and _sets(model):
        what = f"the parameter {ONCE} is set for {loads} models or versions of the backend pytorch"
        advice = "The server ends when it is set a second time: leave it out of all but one."
        yield Fault(what, advice, ("parameters", ONCE))


def _sets(model: RepositoryModel) -> bool:
    given = dict(_given(model, (ONCE,))) if model.backend == PYTORCH else {}
    return (_whole_number(given.get(ONCE, "")) or 0) > 0


def _accelerator(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    """Those of GPUs are looked at by instances that run on one."""
    chosen = model.message.optimization.execution_accelerators
    on_gpus = any(group.kind == ON_GPUS for group in model.settings.groups)
    for field, names in ACCELERATORS.items() if model.backend == ONNXRUNTIME else ():
        sure = on_gpus or field == OF_CPU
        for index, accelerator in enumerate(getattr(chosen, field)):
            if accelerator.name not in names:
                what = f"onnxruntime has no {field} {quoted(accelerator.name)}"
                at = ("optimization", "execution_accelerators", field, index, "name")
                severity = Severity.ERROR if sure else Severity.WARNING
                yield Fault(what, f"It has {' and '.join(names)}.", at, severity=severity)


RULES = (
    Rule("number-of-backend", "backend, backend_common.cc, ParseIntValue", _number),
    Rule("switch-of-backend", "backend, backend_common.cc, ParseBoolValue", _switch),
    Rule("interop-threads-twice", "pytorch_backend, libtorch.cc, ParseParameters", _set_twice),
    Rule("execution-accelerator", "onnxruntime_backend, onnxruntime.cc, ModelState::LoadModel", _accelerator),
)
