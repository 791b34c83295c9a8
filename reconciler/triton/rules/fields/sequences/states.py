"""Rules on the first values of states of sequences (core, sequence_batch_scheduler.cc, SequenceBatchScheduler
::Create and GenerateInitialStateData).
"""

from collections.abc import Iterator
from typing import Any

from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.reading.data_types import ANY_SIZE, TEXT, bytes_of, type_name
from reconciler.triton.rules.reading.named_files import find, not_a_file
from reconciler.triton.rules.reading.tensor_list import quoted
from reconciler.triton.rules.rule import Fault, Field, Repository, Rule

FOLDER = "initial_state"


def _states(model: RepositoryModel) -> Iterator[tuple[Field, Any, Any]]:
    """Each state that has one first value, with the field of that."""
    for index, state in enumerate(model.message.sequence_batching.state):
        if len(state.initial_state) == 1:
            yield ("sequence_batching", "state", index, FOLDER, 0), state, state.initial_state[0]


def _several(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, state in enumerate(model.message.sequence_batching.state):
        field = ("sequence_batching", "state", index)
        if (count := len(state.initial_state)) > 1:
            what = f"the state {quoted(state.input_name)} has {count} initial states"
            yield Fault(what, "Keep one of them.", (*field, FOLDER))
        if count and state.input_name in seen:
            what = f"the state {quoted(state.input_name)} has initial states in two places"
            yield Fault(what, "Declare the state once.", (*field, "input_name"))
        seen |= {state.input_name} if count else set()


def _incomplete(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for field, state, initial in _states(model):
        what = f"the initial state of {quoted(state.input_name)} has no"
        if not initial.name:
            yield Fault(f"{what} name", "Add `name`.", (*field, "name"))
        if not initial.WhichOneof("state_data"):
            yield Fault(f"{what} data", "Add `zero_data: true`, or `data_file`.", field)


def _other_type(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for field, state, initial in _states(model):
        if state.data_type != initial.data_type:
            types = f"{type_name(initial.data_type)}, and the state {type_name(state.data_type)}"
            what = f"the initial state of {quoted(state.input_name)} has {types}"
            yield Fault(what, "Give both the same data_type.", (*field, "data_type"))


def _other_dims(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for field, state, initial in _states(model):
        what = f"the initial state of {quoted(state.input_name)} has "
        dims, of_state = list(initial.dims), list(state.dims)
        if len(dims) != len(of_state):
            what += f"{len(dims)} dims, and the state {len(of_state)}"
            yield Fault(what, "Give both as many.", (*field, "dims"))
        elif ANY_SIZE in dims:
            yield Fault(f"{what}a variable size (-1)", "Write how large it is at first.", (*field, "dims"))
        elif wrong := [
            pair for pair in zip(dims, of_state, strict=True) if pair[1] not in (ANY_SIZE, pair[0])
        ]:
            what += f"a size of {wrong[0][0]} where the state has {wrong[0][1]}"
            yield Fault(what, "Give both the same sizes.", (*field, "dims"))


def _data_file(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    for field, state, initial in _states(model):
        if initial.WhichOneof("state_data") != "data_file":
            continue
        at = (*field, "data_file")
        path = f"{FOLDER}/{initial.data_file}"
        place = find(model, repository, path)
        title = f"the data_file {quoted(initial.data_file)} of the state {quoted(state.input_name)}"
        yield from not_a_file(place, title, quoted(path), at)
        needed, size = bytes_of(initial.data_type, initial.dims), place.size()
        if type_name(initial.data_type) != TEXT and size is not None and size < needed:
            what = f"{title} has {size} bytes, and the initial state takes {needed}"
            yield Fault(what, "Write the whole value, or smaller dims.", at)


_SOURCE = "core, sequence_batch_scheduler.cc, SequenceBatchScheduler::GenerateInitialStateData"
RULES = (
    Rule(
        "several-initial-states",
        "core, sequence_batch_scheduler.cc, SequenceBatchScheduler::Create",
        _several,
    ),
    Rule("incomplete-initial-state", _SOURCE, _incomplete),
    Rule("type-of-initial-state", _SOURCE, _other_type),
    Rule("dims-of-initial-state", _SOURCE, _other_dims),
    Rule("file-of-initial-state", _SOURCE, _data_file),
)
