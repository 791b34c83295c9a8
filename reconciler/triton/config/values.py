"""What the reconciler needs of a model configuration, as values. Nothing is parsed here."""

from dataclasses import dataclass, field
from typing import Any

from reconciler.core.model.configuration import Pairs
from reconciler.core.model.served.contract import Contract
from reconciler.core.model.served.model_folder import BY_DEFAULT, VersionPolicy

NOTHING_DECLARED = Contract((), ())


@dataclass(frozen=True, slots=True)
class InstanceGroup:
    """Where instances of a model run, as it is written: `kind` is Triton's word, `count` 0 its choice, and no
    `gpus` are all of them.
    """

    kind: str
    count: int = 0
    gpus: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """What the reconciler needs of a model configuration. `steps` are the models of an ensemble with their
    versions (-1: latest). `contract` is what is declared; inputs or outputs that are not are taken from
    the model by Triton. `label_files` are the label files of outputs, by the names of these.
    `newer_fields` are those that not every release of Triton knows, with the first that does. `text` is
    the file, and `message` the protobuf `inference.ModelConfig` that it says, which nobody may change;
    None where there is no file.
    """

    name: str = ""
    backend: str = ""
    platform: str = ""
    model_file: str = ""
    runtime: str = ""
    groups: tuple[InstanceGroup, ...] = ()
    agents: tuple[str, ...] = ()
    parameters: Pairs = ()
    policy: VersionPolicy = BY_DEFAULT
    steps: tuple[tuple[str, int], ...] = ()
    contract: Contract = NOTHING_DECLARED
    label_files: tuple[tuple[str, str], ...] = ()
    newer_fields: tuple[tuple[str, str], ...] = ()
    text: str = field(default="", compare=False, repr=False)
    message: Any = field(default=None, compare=False, repr=False)
