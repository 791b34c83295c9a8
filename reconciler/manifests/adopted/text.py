"""The fields of a manifest → its text, with comments that explain. Nothing of the comments comes from what is
live.
"""

from collections.abc import Iterator, Mapping, Sequence

from reconciler.core.model.configuration import Secret
from reconciler.core.model.text import in_yaml
from reconciler.manifests.adopted.fields import Fields, Value
from reconciler.manifests.templates.literals import literal

COMMENTS = {
    "metadata.adopt": (
        "The next apply takes over this deployment, and no other. It is not marked before that;",
        "after it this line does nothing, and can go.",
    ),
    "metadata.labels": ("All its free-form tags.",),
    "spec.image.digest": ("What runs now: the tag is only a name beside it.",),
    "spec.model": (
        "The catalog model that it runs, used as it is: never uploaded, and not deleted with the deployment.",
    ),
    "spec.modelRepository": ("What was in the catalog model that it runs.",),
    "spec.published": (
        "That catalog model. While the files above have this content, nothing is uploaded;",
        "once they have another one this does nothing, and can go.",
    ),
    "spec.server.env": (
        "Values that may be secrets are not written down: set these variables where plans are made.",
    ),
    "spec.network": ("No update leads away from custom networking.",),
}
"""By the place of a field, the lines that stand above it."""


def manifest_text(fields: Fields) -> str:
    """The manifest. Defined tags are left out: those of the deployment are left alone anyway."""
    head = ("apiVersion: reconciler.oci/v1", "kind: ModelDeployment")
    return "\n".join((*head, *_table(fields, "", 0))) + "\n"


def _table(fields: Mapping[str, Value], place: str, depth: int) -> Iterator[str]:
    indent = "  " * depth
    for key, value in fields.items():
        here = f"{place}.{key}".lstrip(".")
        yield from (f"{indent}# {line}" for line in COMMENTS.get(here, ()))
        yield from _field(f"{indent}{in_yaml(key)}:", value, here, depth)


def _field(start: str, value: Value, place: str, depth: int) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield start
        yield from _table(value, place, depth + 1)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield start
        yield from (f"{'  ' * (depth + 1)}- {_scalar(item)}" for item in value)
    else:
        yield f"{start} {_scalar(value)}"


def _scalar(value: object) -> str:
    match value:
        case Secret():
            return in_yaml(f"{{{{ {value.reference} }}}}")
        case str():
            return in_yaml(literal(value))
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case _:
            return str(value)
