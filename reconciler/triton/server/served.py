"""What a command makes of the models in its repository: which of them are loaded, and by which configuration.

Tried on 2.51.0, and asked again of the real server by `tests/triton/server/test_served.py`.
"""

from collections.abc import Collection, Mapping

from reconciler.triton.server.check import EVERY, mode_of
from reconciler.triton.server.command import ServerCommand

CONFIG_FILE = "config.pbtxt"


def loaded(command: ServerCommand | None, steps: Mapping[str, Collection[str]]) -> frozenset[str]:
    """The models that the server loads when it starts. `steps` has every model of the repository, with the
    models that it needs, as an ensemble does. Without a command, or with one that is not known, all.
    """
    if command is None or mode_of(command) != "explicit":
        return frozenset(steps)
    named = {option.value for option in command.given("load-model")}
    if EVERY in named:
        return frozenset(steps)
    todo, reached = list(named & steps.keys()), set[str]()
    while todo:
        name = todo.pop()
        if name in reached:
            continue
        reached.add(name)
        todo += [needed for needed in steps[name] if needed in steps]
    return frozenset(reached)


def config_path(command: ServerCommand | None, folder: Collection[str]) -> str | None:
    """The configuration of a model, by its path in the model's folder; None when it has none.

    `--model-config-name=NAME` takes `configs/NAME.pbtxt` where a model has it.
    """
    variant = command.value("model-config-name", "") if command else ""
    paths = [*([f"configs/{variant}.pbtxt"] if variant else []), CONFIG_FILE]
    return next((path for path in paths if path in folder), None)
