"""Rules on `parameters` that a backend reads (r24.10: onnxruntime_backend, onnxruntime.cc, ModelState;
pytorch_backend, libtorch.cc, ParseParameters; python_backend, python_be.cc, ModelState; backend,
backend_common.cc). Backends do not look at parameters of other names.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from reconciler.core.model.text import LONGEST_WORD_SHOWN, cut
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.rule import Fault, Repository, Rule

_BOOLEANS = frozenset({"true", "on", "1", "false", "off", "0"})
_LEADING_NUMBER = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]{1,20})")
_ONCE = "INTER_OP_THREAD_COUNT"
"""torch sets it once in a process; a second time ends the server."""

Wanted = tuple[str, Callable[[str], bool]]


def _integer(text: str) -> int | None:
    """What std::stoi makes of it; None where it throws."""
    match = _LEADING_NUMBER.match(text)
    number = int(match[1]) if match else None
    return number if number is not None and -(1 << 31) <= number < 1 << 31 else None


BOOLEAN: Wanted = ("true or false", lambda text: text.lower() in _BOOLEANS)
INTEGER: Wanted = ("a whole number of 32 bits", lambda text: _integer(text) is not None)
MODE: Wanted = ("0 or 1", lambda text: _integer(text) in (0, 1))
YES: Wanted = ("yes or no", lambda text: text in ("yes", "no"))

PARAMETERS: Mapping[str, Mapping[str, Wanted]] = {
    "onnxruntime": {
        "execution_mode": MODE,
        "intra_op_thread_count": INTEGER,
        "inter_op_thread_count": INTEGER,
        "enable_mem_arena": BOOLEAN,
        "enable_mem_pattern": BOOLEAN,
    },
    "pytorch": {
        "DISABLE_OPTIMIZED_EXECUTION": BOOLEAN,
        "ENABLE_CACHE_CLEANING": BOOLEAN,
        "INFERENCE_MODE": BOOLEAN,
        "DISABLE_CUDNN": BOOLEAN,
        "ENABLE_TENSOR_FUSER": BOOLEAN,
        "ENABLE_WEIGHT_SHARING": BOOLEAN,
        "ENABLE_JIT_PROFILING": BOOLEAN,
        "ENABLE_JIT_EXECUTOR": BOOLEAN,
        "INTRA_OP_THREAD_COUNT": INTEGER,
        _ONCE: INTEGER,
    },
    "python": {"FORCE_CPU_ONLY_INPUT_TENSORS": YES},
}


def _values(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    wanted = PARAMETERS.get(model.backend, {})
    for key, value in model.settings.parameters:
        if key in wanted and not wanted[key][1](value):
            what = f"the parameter {key} must be {wanted[key][0]}, and is {cut(value, LONGEST_WORD_SHOWN)!r}"
            yield Fault(what, "Write such a value, or leave the parameter out.", ("parameters", key))


def _set_twice(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    loads = sum(len(other.served) for other in repository.values() if other and _sets(other))
    if loads > 1 and _sets(model):
        what = f"the parameter {_ONCE} is set for {loads} models or versions of the backend pytorch"
        advice = "The server ends when it is set a second time: leave it out of all but one."
        yield Fault(what, advice, ("parameters", _ONCE))


def _sets(model: RepositoryModel) -> bool:
    told = dict(model.settings.parameters).get(_ONCE, "")
    return model.backend == "pytorch" and (_integer(told) or 0) > 0


RULES = (
    Rule("backend-parameter", "backend, backend_common.cc, ParseBoolValue and ParseIntValue", _values),
    Rule("interop-threads-twice", "pytorch_backend, libtorch.cc, ParseParameters", _set_twice),
)
