"""Rules on what the server takes from an ONNX file where the configuration leaves it out (onnxruntime_backend
r24.10, src/onnxruntime.cc, AutoCompleteIO; what comes of it is judged by the core like a written one).
"""

from collections.abc import Iterator

from reconciler.core.model.text import LONGEST_WORD_SHOWN, cut
from reconciler.triton.model_files.onnx_file import TENSOR, OnnxTensor
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.model_files.onnx_files import onnx_models
from reconciler.triton.rules.rule import Fault, Repository, Rule


def _completed(model: RepositoryModel) -> Iterator[tuple[str, OnnxTensor]]:
    """The tensors of each file that the configuration leaves out."""
    message = model.message
    for path, found in onnx_models(model):
        if found.signature and not (message.input or message.batch_input):
            yield from ((path, tensor) for tensor in found.signature.inputs)
        if found.signature and not message.output:
            yield from ((path, tensor) for tensor in found.signature.outputs)


def _taken(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for path, tensor in _completed(model):
        name = cut(tensor.name, LONGEST_WORD_SHOWN)
        if tensor.kind == TENSOR and not tensor.datatype:
            what = f"{name!r} is of a type that Triton does not carry"
            yield Fault(what, "Export the model with another type.", path=path)
        elif 0 in (tensor.dims or ()):
            what = f"{name!r} has a dimension of 0, which Triton does not take"
            yield Fault(what, "Export the model with a free dimension there.", path=path)


RULES = (Rule("onnx-completed", "core, model_config_utils.cc, ValidateModelInput", _taken),)
