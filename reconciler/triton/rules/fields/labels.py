"""Rules on label files of outputs (core, model.cc, Model::Init; label_provider.cc, AddLabels)."""

from collections.abc import Iterator

from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.reading.named_files import find, not_a_file
from reconciler.triton.rules.reading.tensor_list import OUTPUT, quoted, tensors_of
from reconciler.triton.rules.rule import Fault, Repository, Rule


def _label_file(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    for tensor in tensors_of(model):
        if tensor.kind == OUTPUT and (file := tensor.message.label_filename):
            what = f"the label file {quoted(file)} of {tensor.title}"
            field = tensor.field("label_filename")
            yield from not_a_file(find(model, repository, file), what, quoted(file), field)


def _two_label_files(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    seen: set[str] = set()
    for tensor in tensors_of(model):
        if tensor.kind == OUTPUT and tensor.message.label_filename:
            if tensor.message.name in seen:
                what = f"{tensor.title} has label files in two places"
                yield Fault(what, "Declare the output once.", tensor.field("label_filename"))
            seen.add(tensor.message.name)


RULES = (
    Rule("label-file", "core, model.cc, Model::Init", _label_file),
    Rule("two-label-files", "core, label_provider.cc, LabelProvider::AddLabels", _two_label_files),
)
