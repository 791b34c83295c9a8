"""One model's folder → what any server makes of it: its versions, and the contracts by each configuration.

It makes no difference here whether the files are on this machine or in the cloud.
"""

import errno
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from reconciler.core.model.served.contract import Contract
from reconciler.core.model.served.model_folder import ModelConfiguration, ModelFolder
from reconciler.triton.backend_choice import ENSEMBLE, Chosen, chosen
from reconciler.triton.backends import MODEL_FILE
from reconciler.triton.config.values import Config
from reconciler.triton.config_file import CONFIG_FILE
from reconciler.triton.files.port import RepositoryFiles
from reconciler.triton.model_files.onnx_contract import contract_of_onnx
from reconciler.triton.version_policy import narrow, version_number

LARGEST_LABELS = 1 << 20
"""Bytes of a label file that are still read; the one of ImageNet has ten thousand."""


def read_model(
    name: str, folder: str, configs: Mapping[str, Config], paths: Collection[str], files: RepositoryFiles
) -> ModelFolder:
    """The model in `folder` (empty, or with a `/` at its end), whose files have these `paths` inside it,
    given its configurations by their paths. Raises Failed as the port does; a file that cannot be read is
    unknown.
    """
    numbers = {number for path in paths if (number := version_of(path)) is not None}
    by_path = configs if CONFIG_FILE in configs else {"": Config(), **configs}
    reader = _Reader(name, folder, frozenset(paths), files)
    read = ((path, reader.configuration(config, numbers)) for path, config in sorted(by_path.items()))
    return ModelFolder(name, tuple(sorted(numbers)), tuple(read))


def version_of(path: str) -> int | None:
    """The version in whose folder a path is, inside a model's folder."""
    number, inside, _ = path.partition("/")
    return version_number(number) if inside else None


class _Reader:
    """Reads what configurations refer to in one model's folder."""

    def __init__(self, name: str, folder: str, paths: frozenset[str], files: RepositoryFiles) -> None:
        self._name, self._folder, self._paths, self._files = name, folder, paths, files

    def configuration(self, config: Config, numbers: Collection[int]) -> ModelConfiguration:
        """What a configuration makes of these versions. Only those that it serves are looked at."""
        served = sorted(narrow(config.policy, numbers))
        complete = bool(config.contract.inputs and config.contract.outputs)
        declared = self._declared(config)
        choice = chosen(config, self._name, self._paths)
        contracts = ((number, self._contract(choice, declared, number)) for number in served)
        return ModelConfiguration(
            policy=config.policy,
            backend=ENSEMBLE if config.steps else choice.runs,
            needs=tuple(sorted({name for name, _ in config.steps})),
            contracts=tuple((number, contract) for number, contract in contracts if contract),
            completed=not complete,
        )

    def _declared(self, config: Config) -> Contract | None:
        """What is declared, with the lines of the label files, which all versions share; None where these
        cannot be read.
        """
        try:
            by_path = {path: tuple(self._lines(path)) for path in {path for _, path in config.label_files}}
        except OSError:
            return None
        lines = {output: by_path[path] for output, path in config.label_files}
        outputs = (replace(output, labels=lines.get(output.name, ())) for output in config.contract.outputs)
        return replace(config.contract, outputs=tuple(outputs)) if lines else config.contract

    def _contract(self, choice: Chosen, declared: Contract | None, number: int) -> Contract | None:
        """What is declared, completed from the file of this version as the server does it; None where that is
        not known, or cannot be read.
        """
        if declared is None or (declared.inputs and declared.outputs):
            return declared
        if choice.backend != "onnxruntime" or declared.sequence:
            return None
        file = f"{number}/{choice.file}"
        there = {file, f"{file}/{MODEL_FILE['onnxruntime']}"} & self._paths
        try:
            return contract_of_onnx(self._files, self._folder + min(there), declared) if there else None
        except OSError:
            return None

    def _lines(self, path: str) -> Iterator[str]:
        if path in self._paths:
            content = self._files.read(self._folder + path, 0, LARGEST_LABELS + 1)
            if len(content) > LARGEST_LABELS:
                raise OSError(errno.EFBIG, f"larger than {LARGEST_LABELS} bytes", path)
            yield from content.decode(errors="backslashreplace").removesuffix("\n").split("\n")
