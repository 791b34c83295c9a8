"""The models of a model repository as plain data, and back: kept in saved plans, and with each catalog model
that we publish.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias, assert_never

from reconciler.core.model.configuration import Json
from reconciler.core.model.served.contract import Contract, Tensor
from reconciler.core.model.served.model_folder import (
    Latest,
    ModelConfiguration,
    ModelFolder,
    Specific,
    Unlimited,
    VersionPolicy,
)

Document: TypeAlias = dict[str, Any]

EVERY = "all"


def write_models(models: Iterable[ModelFolder]) -> list[Json]:
    """The models as plain data. What has its default is left out."""
    return [
        {
            "name": model.name,
            "versions": list(model.versions),
            **_set({"content": model.content}),
            "configurations": {path: _write(item) for path, item in model.configurations},
        }
        for model in models
    ]


def read_models(document: list[Document]) -> tuple[ModelFolder, ...]:
    """The models of such data. Raises ValueError, TypeError or LookupError for anything else."""
    return tuple(
        ModelFolder(
            _of(str, model["name"]),
            tuple(_of(int, number) for number in model["versions"]),
            tuple((path, _read(item)) for path, item in model["configurations"].items()),
            content=_of(str, model.get("content", "")),
        )
        for model in _of(list, document)
    )


def _write(item: ModelConfiguration) -> Json:
    by_contract: dict[Contract, list[Json]] = {}
    for number, contract in item.contracts:
        by_contract.setdefault(contract, []).append(number)
    contracts: list[Json] = [
        {"versions": numbers, **_write_contract(contract)} for contract, numbers in by_contract.items()
    ]
    optional: dict[str, Json] = {"needs": list(item.needs), "completed": item.completed}
    return {
        "policy": _write_policy(item.policy),
        "backend": item.backend,
        **_set(optional),
        "contracts": contracts,
    }


def _read(document: Document) -> ModelConfiguration:
    contracts = [
        (_of(int, number), _read_contract(contract))
        for contract in document["contracts"]
        for number in contract["versions"]
    ]
    return ModelConfiguration(
        policy=_read_policy(document["policy"]),
        backend=_of(str, document["backend"]),
        needs=tuple(_of(str, name) for name in document.get("needs", [])),
        contracts=tuple(sorted(contracts, key=lambda pair: pair[0])),
        completed=_of(bool, document.get("completed", False)),
    )


def _write_policy(policy: VersionPolicy) -> Json:
    match policy:
        case Latest(count):
            return {"latest": count}
        case Specific(numbers):
            return {"specific": [*sorted(numbers)]}
        case Unlimited():
            return EVERY
        case _:
            assert_never(policy)


def _read_policy(document: object) -> VersionPolicy:
    match document:
        case {"latest": int(count)}:
            return Latest(count)
        case {"specific": list(numbers)}:
            return Specific(frozenset(_of(int, number) for number in numbers))
        case "all":
            return Unlimited()
        case _:
            raise ValueError("no version policy")


def _write_contract(contract: Contract) -> dict[str, Json]:
    optional: dict[str, Json] = {
        "maxBatch": contract.max_batch,
        "decoupled": contract.decoupled,
        "sequence": contract.sequence,
    }
    inputs, outputs = [_write_tensor(item) for item in contract.inputs], map(_write_tensor, contract.outputs)
    return {"inputs": [*inputs], "outputs": [*outputs], **_set(optional)}


def _read_contract(document: Document) -> Contract:
    return Contract(
        inputs=tuple(map(_read_tensor, document["inputs"])),
        outputs=tuple(map(_read_tensor, document["outputs"])),
        max_batch=_of(int, document.get("maxBatch", 0)),
        decoupled=_of(bool, document.get("decoupled", False)),
        sequence=_of(bool, document.get("sequence", False)),
    )


def _write_tensor(tensor: Tensor) -> Json:
    optional: dict[str, Json] = {"optional": tensor.optional, "labels": list(tensor.labels)}
    return {
        "name": tensor.name,
        "datatype": tensor.datatype,
        "dims": list(tensor.dims),
        **_set(optional),
    }


def _read_tensor(document: Document) -> Tensor:
    return Tensor(
        name=_of(str, document["name"]),
        datatype=_of(str, document["datatype"]),
        dims=tuple(_of(int, size) for size in document["dims"]),
        optional=_of(bool, document.get("optional", False)),
        labels=tuple(_of(str, line) for line in document.get("labels", [])),
    )


def _set(fields: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in fields.items() if value}


def _of(kind: type[Any], value: Any) -> Any:
    """The value, which must be of this very kind: `True` is no number."""
    if type(value) is not kind:
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value
