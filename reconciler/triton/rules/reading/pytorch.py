"""What the library of the backend pytorch makes of a model (pytorch_backend r24.10, src/libtorch.cc). Nothing
is judged here.
"""

from reconciler.triton.repository_model import RepositoryModel

LIBRARY = "libtriton_pytorch.so"
LONGEST_NUMBER = 9


def by_library(model: RepositoryModel) -> bool:
    """Whether it runs the model as TorchScript, and not the program that a `runtime` names."""
    return model.of_torchscript and model.settings.runtime in ("", LIBRARY)


def number_in(name: str) -> int | None:
    """The number of the argument or result that a name like `NAME__0` means (GetNamingConvention): the first
    `__` counts, and no digits are 0. None in other names.
    """
    _, mark, digits = name.partition("__")
    if not mark or (digits and not (digits.isascii() and digits.isdigit())):
        return None
    return int(digits[:LONGEST_NUMBER] or "0")
