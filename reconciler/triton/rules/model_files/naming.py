"""How the pytorch backend finds the argument or result for a tensor (pytorch_backend r24.10, src/libtorch.cc,
GetNamingConvention).
"""

LONGEST_NUMBER = 9


def indexed(name: str) -> int | None:
    """The number in a name like `NAME__0`: the first `__` counts, and no digits are 0. None in others."""
    _, mark, digits = name.partition("__")
    if not mark or (digits and not (digits.isascii() and digits.isdigit())):
        return None
    return int(digits[:LONGEST_NUMBER] or "0")
