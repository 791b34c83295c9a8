"""Rules on the files of the pytorch backend: whether they are TorchScript, and what `forward` takes beside
the inputs of the configuration (pytorch_backend r24.10, src/libtorch.cc).
"""

from collections.abc import Iterator, Sequence

from reconciler.core.model.findings import Severity
from reconciler.core.model.text import LONGEST_WORD_SHOWN, cut, joined
from reconciler.triton.model_files.kinds import ADVICE
from reconciler.triton.model_files.torchscript import Argument, TorchFile, torch_file
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.model_files.controls import controls_of
from reconciler.triton.rules.model_files.naming import indexed
from reconciler.triton.rules.model_files.places import model_files, read
from reconciler.triton.rules.rule import Fault, Repository, Rule

PYTORCH = "pytorch"
TAKEN = ("Tensor", "List")
"""Types of arguments; a Dict may be the only one."""

SAVE = "Save it as TorchScript: `torch.jit.script(model).save(path)`, or `torch.jit.trace`."


def torch_files(model: RepositoryModel) -> Iterator[tuple[str, TorchFile]]:
    """The TorchScript files that are served, by their paths in the model's folder, with what is known of
    them. A `runtime` of the configuration is another program, which reads other files.
    """
    if model.settings.runtime or not model.of_torchscript:
        return
    for _, path in model_files(model, PYTORCH):
        if not path.endswith(".py") and (found := read(model, path, torch_file)):
            yield path, found


def _not_torchscript(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for path, found in torch_files(model):
        if found.kind:
            yield Fault(f"is {found.kind}, not TorchScript", ADVICE.get(found.kind, SAVE), path=path)
        elif found.broken:
            yield Fault(f"is no TorchScript, or not all of it: {found.broken}", SAVE, path=path)
        elif not found.callable:
            what = "its model has no method `forward`, which the server calls"
            yield Fault(what, "Give it one, and save it again.", path=path)


def _arguments(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for path, found in torch_files(model):
        arguments = found.forward or ()
        if _is_dictionary(arguments):
            continue
        for argument in arguments:
            if argument.kind not in TAKEN:
                name, kind = _short(argument.name), _short(argument.written)
                what = f"`forward` takes {name!r} of the type {kind}, and Triton gives it tensors alone"
                advice = "Wrap the model in one whose `forward` takes tensors, and save that."
                yield Fault(what, advice, path=path)


def _count(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    message = model.message
    if not message.input:
        return  # Another rule tells of that.
    given = [item.name for item in message.input]
    given += [control.name for control in controls_of(message)]
    given += [state.input_name for state in message.sequence_batching.state]
    expected = len(given) + len(message.batch_input)
    for path, found in torch_files(model):
        arguments = found.forward or ()
        if arguments and not _is_dictionary(arguments) and expected != len(arguments):
            names = joined([repr(_short(argument.name)) for argument in arguments], ", ")
            what = (
                f"the configuration names {expected} inputs, and `forward` in {path} takes {len(arguments)}"
            )
            yield Fault(f"{what} ({names})", "Name one input for each of them.", ("input",))


def _is_dictionary(arguments: Sequence[Argument]) -> bool:
    return len(arguments) == 1 and arguments[0].kind == "Dict"


def _names(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    """Names that say nothing to the backend are taken in the order of the configuration; of a single input,
    that says enough.
    """
    names = [item.name for item in model.message.input]
    if all(indexed(name) is not None for name in names):
        yield from _indices(model, names)
        return
    for path, found in torch_files(model):
        arguments = [argument.name for argument in found.forward or ()]
        if len(arguments) < 2:
            continue
        for index, name in enumerate(names):
            if name not in arguments:
                what = (
                    f"{_short(name)!r} is no argument of `forward` in {path}: inputs are given in this order"
                )
                takes = joined([repr(_short(argument)) for argument in arguments], ", ")
                advice = f"Name the inputs as it does: {takes}; or `NAME__0`, `NAME__1` and so on."
                yield Fault(what, advice, ("input", index, "name"), severity=Severity.WARNING)
                break


def _indices(model: RepositoryModel, names: Sequence[str]) -> Iterator[Fault]:
    for path, found in torch_files(model):
        arguments = found.forward or ()
        if (
            not arguments
            or _is_dictionary(arguments)
            or all(name in [argument.name for argument in arguments] for name in names)
        ):
            continue
        told: set[int] = set()
        for index, name in enumerate(names):
            number = indexed(name) or 0
            if number >= len(arguments) or number in told:
                what = (
                    f"{_short(name)!r} names argument {number}, and `forward` in {path} has {len(arguments)}"
                )
                again = f"{_short(name)!r} names argument {number}, as another input does"
                advice = "Count the inputs from 0, in the order of `forward`."
                yield Fault(again if number in told else what, advice, ("input", index, "name"))
            told.add(number)


def _short(text: str) -> str:
    return cut(text, LONGEST_WORD_SHOWN)


_SOURCE = "pytorch_backend, libtorch.cc, "
RULES = (
    Rule("not-torchscript", _SOURCE + "ModelState::LoadModel", _not_torchscript),
    Rule("torch-arguments", _SOURCE + "ValidateInputs", _arguments),
    Rule("torch-count", _SOURCE + "ValidateInputs", _count),
    Rule("torch-names", _SOURCE + "GetNamingConvention, SetInputTensors", _names),
)
