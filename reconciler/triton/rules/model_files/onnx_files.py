"""Rules on ONNX files by themselves: what ONNX Runtime, which the onnxruntime backend hands them to, refuses
whatever the configuration says.
"""

import posixpath
from collections.abc import Iterator, Sequence

from reconciler.core.model.text import LONGEST_WORD_SHOWN, cut
from reconciler.triton.backends import MODEL_FILE, ONNXRUNTIME
from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.model_files.kinds import ADVICE
from reconciler.triton.model_files.onnx_external_data import ExternalTensor
from reconciler.triton.model_files.onnx_file import NOTHING, TENSOR, OnnxSignature
from reconciler.triton.model_files.onnx_model import OnnxModel, onnx_model
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.reading.model_files import model_files, read
from reconciler.triton.rules.reading.tensor_list import quoted
from reconciler.triton.rules.rule import Fault, Repository, Rule

OTHER_FORMAT = ".ort"
"""ONNX Runtime's own format, which is not read here."""

EXPORT = "Export the model again, or copy the file again: it may have been cut."


LONGEST_NUMBER = 20
"""Digits of a number; those of 64 bits have as many."""


def onnx_models(model: RepositoryModel) -> Sequence[tuple[str, OnnxModel]]:
    """The ONNX files that are served, by their paths in the model's folder, with what is known of them. They
    are looked for once, whatever many rules ask.
    """
    return model.once(onnx_models, lambda: tuple(_onnx_models(model)))


def _onnx_models(model: RepositoryModel) -> Iterator[tuple[str, OnnxModel]]:
    for _, path in model_files(model, ONNXRUNTIME, MODEL_FILE[ONNXRUNTIME]):
        found = None if path.endswith(OTHER_FORMAT) else read(model, path, onnx_model)
        if found:
            yield path, found


def _not_onnx(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for path, found in onnx_models(model):
        if found.kind:
            yield Fault(f"is {found.kind}, not an ONNX model", ADVICE.get(found.kind, EXPORT), path=path)
        elif found.broken:
            yield Fault(f"is no ONNX model, or not all of one: {found.broken}", EXPORT, path=path)


def _no_tensor(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for path, found in onnx_models(model):
        for name, kind in _other_kinds(found.signature) if found.signature else ():
            what = f"{quoted(name)} is a {kind}, and Triton carries tensors alone"
            advice = "Export the model so that it takes and gives tensors (for scikit-learn: zipmap=False)."
            yield Fault(what, advice, path=path)


def _other_kinds(signature: OnnxSignature) -> Iterator[tuple[str, str]]:
    for tensor in (*signature.inputs, *signature.outputs, *signature.overridable):
        if tensor.kind not in (TENSOR, NOTHING):
            yield tensor.name, tensor.kind


def _external_data(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for path, found in onnx_models(model):
        told = set()
        for tensor in found.external or ():
            for fault in _of_external(model, path, tensor):
                if fault.what not in told:
                    yield fault
                told.add(fault.what)


def _of_external(model: RepositoryModel, path: str, tensor: ExternalTensor) -> Iterator[Fault]:
    location = tensor.location
    shown = cut(location, LONGEST_WORD_SHOWN)
    folder = posixpath.dirname(path)
    place = posixpath.normpath(f"{folder}/{location}")
    if not location:
        what = f"the tensor {quoted(tensor.name)} is in another file, which is not named"
        yield Fault(what, EXPORT, path=path)
    elif posixpath.isabs(location) or not place.startswith(f"{folder}/"):
        what = f"its weights are in {shown!r}, outside of its own folder"
        yield Fault(what, "Save the model with its weights beside it, and name these so.", path=path)
    elif place not in model.paths:
        advice = f"Put it there, as {cut(place, LONGEST_WORD_SHOWN)}: the model's file names it."
        yield Fault(f"its weights are in {shown!r}, which is not there", advice, path=path)
    else:
        yield from _range(model, path, place, tensor)


def _range(model: RepositoryModel, path: str, place: str, tensor: ExternalTensor) -> Iterator[Fault]:
    """The part of the other file that a tensor is in."""
    size = read(model, place, LocalFiles.size)
    offset, length = _number(tensor, "offset"), _number(tensor, "length")
    needed = length if tensor.size is None else tensor.size
    if size is None or needed is None:
        return
    shown = cut(tensor.location, LONGEST_WORD_SHOWN)
    if length is not None and length != needed:
        name = cut(tensor.name, LONGEST_WORD_SHOWN)
        what = f"the weights {name!r} take {needed:,} bytes, and {length:,} are said to be in {shown!r}"
        yield Fault(what, EXPORT, path=path)
    elif (offset or 0) + needed > size:
        what = f"its weights need {(offset or 0) + needed:,} bytes of {shown!r}, which has {size:,}"
        yield Fault(what, "Copy the file again: it is cut, or of another export.", path=path)


def _number(tensor: ExternalTensor, key: str) -> int | None:
    told = dict(tensor.entries).get(key, "")
    return int(told[:LONGEST_NUMBER]) if told.isascii() and told.isdigit() else None


RULES = (
    Rule("not-onnx", "ONNX Runtime, model.cc, Model::Load", _not_onnx),
    Rule(
        "onnx-without-tensor",
        "onnxruntime_backend, onnxruntime_utils.cc, InputOutputInitializerInfos",
        _no_tensor,
    ),
    Rule(
        "onnx-external-data", "ONNX Runtime, tensorprotoutils.cc, GetExtDataFromTensorProto", _external_data
    ),
)
