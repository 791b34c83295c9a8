"""What is served, for tests that have no server: each version of each model, whatever the command."""

from collections.abc import Callable, Iterable, Mapping

from reconciler.core.model.artifact import Artifact
from reconciler.core.model.desired import Desired
from reconciler.core.model.live import Live, Snapshot
from reconciler.core.model.served.contract import Contract
from reconciler.core.model.served.model_folder import ModelConfiguration, ModelFolder, Unlimited
from reconciler.core.model.served.structure import Servings, Structure, Versions
from reconciler.core.planning.run_scope import to_guard
from reconciler.triton.files.port import RepositoryFiles
from reconciler.triton.live_models import member_model, models_in
from reconciler.triton.server.served import everything_served

Now = Callable[[Live], Structure | None]
"""What a live deployment serves; None where nobody can tell."""


def folder(name: str, numbers: Iterable[int], contract: Contract | None = None) -> ModelFolder:
    """A model that serves all of these versions, by this contract."""
    versions = tuple(sorted(numbers))
    contracts = tuple((number, contract) for number in versions) if contract else ()
    configuration = ModelConfiguration(Unlimited(), contracts=contracts)
    return ModelFolder(name, versions, (("config.pbtxt", configuration),))


def folders(versions: Versions, **contracts: Contract) -> tuple[ModelFolder, ...]:
    """The models with these versions, and the contracts of some of them."""
    names = sorted({name for name, _ in versions})
    numbers = {name: [number for model, number in versions if model == name] for name in names}
    return tuple(folder(name, numbers[name], contracts.get(name)) for name in names)


def structure(versions: Versions, **contracts: Contract) -> Structure:
    """These versions, and the contracts of some models."""
    known = ((item, contracts[item[0]]) for item in sorted(versions) if item[0] in contracts)
    return Structure(versions, tuple(known))


def structure_of(artifact: Artifact) -> Structure:
    """What is served of an artifact whose models have one configuration each."""
    contracts = {
        (model.name, number): contract
        for model in artifact.models
        for _, configuration in model.configurations
        for number, contract in configuration.contracts
    }
    known = ((item, contracts[item]) for item in sorted(artifact.versions) if item in contracts)
    return Structure(artifact.versions, tuple(known))


def servings(wanted: Desired, snapshot: Snapshot, now: Now) -> dict[str, Servings]:
    """What the deployments serve on their way, if their commands make no difference."""
    found = {}
    for item in to_guard(wanted, snapshot):
        served, own = now(item.live), item.spec.artifact
        new = structure_of(own) if item.after.artifact == own.digest else served
        found[item.live.ocid] = Servings(served, served, new, new)
    return found


def structure_served(files: RepositoryFiles) -> Structure:
    """What a server serves of an artifact with these files, if it loads every model."""
    return everything_served(models_in(files))


def structure_of_group(members: Mapping[str, RepositoryFiles]) -> Structure:
    """The same of the members of a model group."""
    return everything_served([member_model(key, files) for key, files in members.items()])
