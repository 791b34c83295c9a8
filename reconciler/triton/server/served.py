"""What a server serves: the models of its repository, as the command that starts it makes it load them.

Tried on 2.51.0, and asked again of the real server by `tests/triton/server/test_served.py`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler.core.model.served.contract import Contract
from reconciler.core.model.served.model_folder import ModelConfiguration, ModelFolder
from reconciler.core.model.served.structure import ModelVersion, Served, Structure, WillNotServe
from reconciler.triton.server.check import EVERY, mode_of
from reconciler.triton.server.command import ServerCommand, read_command
from reconciler.triton.version_policy import narrow

Configured = Mapping[str, tuple[ModelFolder, ModelConfiguration]]
"""Each model by its name, with the configuration that the server takes."""

Contracts = Sequence[tuple[ModelVersion, Contract]]

VARIANTS = "configs/"
"""The folder of a model's other configurations, which `--model-config-name` chooses by their names."""

NO_COMMAND = ServerCommand(())

ENGINE_BACKENDS = ("tensorrt", "tensorrtllm")

STRICT = ("disable-auto-complete-config", "strict-model-config")
"""Options with which the server completes no configuration."""


def served_by(models: Collection[ModelFolder], words: Sequence[str]) -> Served:
    """What a server that is started by these words serves of these models. A command that is not known counts
    as one that loads all of them; without any words the image decides, and is taken to load all, too.
    """
    command = _command(words)
    options = command or NO_COMMAND
    configured = {model.name: (model, _chosen(model, options)) for model in models}
    names = _loaded(options, configured)
    if options.is_on("exit-on-error", True) and (why := next(_missing(options, names, configured), None)):
        return WillNotServe(why)
    loads = {name: configured[name] for name in sorted(names & configured.keys())}
    return replace(_structure(loads, options), assumed=command is None)


def everything_served(models: Collection[ModelFolder]) -> Structure:
    """What a server serves that loads every model, each by its config.pbtxt."""
    return _structure({model.name: (model, _chosen(model, NO_COMMAND)) for model in models}, NO_COMMAND)


def changed_engines(before: Collection[ModelFolder], after: Collection[ModelFolder]) -> list[str]:
    """The models that are engines, built for one release of TensorRT, and may not be the same after."""
    old, new = ({model.name: model.content for model in _engines(models)} for models in (before, after))
    return sorted(name for name in old.keys() & new.keys() if not old[name] or old[name] != new[name])


def _engines(models: Collection[ModelFolder]) -> Iterator[ModelFolder]:
    return (model for model in models if _chosen(model, NO_COMMAND).backend in ENGINE_BACKENDS)


def serve_the_same(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether these words of two commands serve the same of the same models, as far as anybody can tell."""
    first, then = _command(before), _command(after)
    if first is None or then is None:
        return tuple(before) == tuple(after)
    return _serving_options(first) == _serving_options(then)


def _command(words: Sequence[str]) -> ServerCommand | None:
    return read_command(words) if words else NO_COMMAND


def _serving_options(command: ServerCommand) -> tuple[tuple[str, ...], ...]:
    single = (*STRICT, "exit-on-error", "model-control-mode", "model-config-name")
    loaded = sorted({option.value for option in command.given("load-model")})
    chosen = tuple((name, command.value(name, "")) for name in single)
    rest = (*_default_batches(command), *sorted(_restricted(command)))
    return (*chosen, ("load-model", *loaded), rest)


def _structure(loads: Configured, command: ServerCommand) -> Structure:
    versions = frozenset(
        (name, number)
        for name, (model, configuration) in loads.items()
        for number in narrow(configuration.policy, model.versions)
    )
    contracts = tuple(
        ((name, number), contract)
        for name, (_, configuration) in loads.items()
        for number, contract in (configuration.contracts if _is_known(configuration, command) else ())
    )
    how = (command.value("model-config-name", ""), *_default_batches(command), str(_is_strict(command)))
    return Structure(
        versions,
        contracts=tuple(_called_as_steps(contracts, loads)),
        contents=tuple(
            (name, " ".join((model.content, *how))) for name, (model, _) in loads.items() if model.content
        ),
        restricted=_restricted(command),
    )


def _called_as_steps(contracts: Contracts, loads: Configured) -> Iterator[tuple[ModelVersion, Contract]]:
    """An ensemble answers any number of times, or wants a sequence's number, when one of the models does that
    it calls in the end. What it says of itself does not count (core, ensemble_utils.cc,
    ValidateEnsembleConfig).
    """
    for version, contract in contracts:
        if not loads[version[0]][1].needs:
            yield version, contract
            continue
        steps = _with_steps([version[0]], loads)
        called = [other for (name, _), other in contracts if name in steps and not loads[name][1].needs]
        yield (
            version,
            replace(
                contract,
                decoupled=any(other.decoupled for other in called),
                sequence=any(other.sequence for other in called),
            ),
        )


def _chosen(model: ModelFolder, command: ServerCommand) -> ModelConfiguration:
    """`--model-config-name=NAME` takes `configs/NAME.pbtxt` where a model has it."""
    configurations = dict(model.configurations)
    variant = configurations.get(f"{VARIANTS}{command.value('model-config-name', '')}.pbtxt")
    return variant or configurations.get("config.pbtxt") or configurations.get("", ModelConfiguration())


def _loaded(command: ServerCommand, configured: Configured) -> frozenset[str]:
    """The names of the models that the server is to load when it starts."""
    named = {option.value for option in command.given("load-model")}
    if mode_of(command) != "explicit" or EVERY in named:
        return frozenset(configured)
    return _with_steps(named, configured)


def _with_steps(names: Iterable[str], configured: Configured) -> frozenset[str]:
    """These models, and those that ensembles among them call."""
    todo, reached = list(names), set[str]()
    while todo:
        name = todo.pop()
        if name not in reached and name in configured:
            todo += configured[name][1].needs
        reached.add(name)
    return frozenset(reached)


def _missing(command: ServerCommand, names: Collection[str], configured: Configured) -> Iterator[str]:
    """Why the server would give up when it starts."""
    for name in sorted(names):
        if name not in configured:
            yield f"--load-model={name}: there is no such model"
        elif _is_strict(command) and _is_bare(*configured[name]):
            yield f"{name} has no configuration, and the start command forbids to complete one"


def _is_bare(model: ModelFolder, chosen: ModelConfiguration) -> bool:
    """Whether it has no configuration that the server could take."""
    return chosen is dict(model.configurations).get("")


def _is_strict(command: ServerCommand) -> bool:
    return any(command.is_on(option, False) for option in STRICT)


def _is_known(configuration: ModelConfiguration, command: ServerCommand) -> bool:
    """Whether the contracts stand, although a server may be told to complete with another largest batch, or
    to complete nothing.
    """
    return not configuration.completed or not (_default_batches(command) or _is_strict(command))


def _restricted(command: ServerCommand) -> frozenset[str]:
    return frozenset(option.value for option in command.given("http-restricted-api"))


def _default_batches(command: ServerCommand) -> list[str]:
    return [
        option.value for option in command.given("backend-config") if "default-max-batch-size" in option.value
    ]
