"""All that is to be known of an ONNX file before it is served: whether it is one, what it takes and gives,
and which other files it needs. Nothing is judged here beside a configuration.
"""

from dataclasses import dataclass

from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.model_files.kinds import EMPTY, LOOKED_AT, kind_of
from reconciler.triton.model_files.onnx_external_data import ExternalTensor, external_tensors
from reconciler.triton.model_files.onnx_file import OnnxSignature, read_onnx
from reconciler.triton.model_files.port_reader import reader_of
from reconciler.triton.model_files.remembered import once_for_each_file
from reconciler.triton.model_files.wire_format import Broken, NotReadable, WireReader

MOST_EXTERNAL = 20_000
"""Tensors in other files that are looked at; the largest models have some thousands."""


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """`broken` says why it is no ONNX model, and `kind` what it is instead, where that can be told.
    `signature` and `external` are None where nobody can tell.
    """

    broken: str = ""
    kind: str = ""
    signature: OnnxSignature | None = None
    external: tuple[ExternalTensor, ...] | None = None


@once_for_each_file
def onnx_model(files: LocalFiles, path: str) -> OnnxModel:
    """Raises OSError as the port does."""
    read_at, size = reader_of(files, path)
    kind = kind_of(read_at(0, min(LOOKED_AT, size)))
    if kind == EMPTY:
        return OnnxModel("it is empty", EMPTY)
    try:
        signature = read_onnx(read_at, size)
    except Broken as broken:
        return OnnxModel(str(broken), kind)
    except NotReadable:
        return OnnxModel()
    if not signature.ir_version or not signature.opsets:
        return OnnxModel("it does not say which version of ONNX it follows", kind)
    return OnnxModel("", "", signature, _external(WireReader(read_at, size)))


def _external(reader: WireReader) -> tuple[ExternalTensor, ...] | None:
    found: list[ExternalTensor] = []
    try:
        for tensor in external_tensors(reader):
            found.append(tensor)
            if len(found) > MOST_EXTERNAL:
                return None
    except NotReadable:
        return None
    return tuple(found)
