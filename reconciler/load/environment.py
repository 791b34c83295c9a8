"""Where a manifest may use the environment. What `spec.server.env` takes from there is a secret and stays
hidden; everything else is printed, saved, hashed or packed, so a secret has no business in it.
"""

from reconciler.load.secrets import looks_secret, names_a_secret
from reconciler.load.tree import Node, Scalar, Table, Trail

_HIDDEN = ("spec", "server", "env")
_IMAGE = frozenset(("spec", "image", field) for field in ("repository", "tag", "digest"))
_USE_VALUES = "use {{ values.X }} from the target in reconciler.yaml."
_NO_SECRETS = "Secrets belong in spec.server.env, which alone is hidden; for anything else"


def refusal(trail: Trail, variables: tuple[str, ...]) -> tuple[str, str] | None:
    """Why these variables must not be used at this place of a manifest, and what to do; or None."""
    if trail[:-1] == _HIDDEN:
        return None
    secret = [name for name in variables if names_a_secret(name)]
    if trail in _IMAGE:
        what = (
            f"{_spelled(trail)} cannot come from {secret[0]}, which has the name of a secret"
            if secret
            else ""
        )
        advice = f"Images are shown in plans: take another variable, or {_USE_VALUES}"
        return (what, advice) if what else None
    advice = f"{_NO_SECRETS} {_USE_VALUES}" if secret else f"U{_USE_VALUES[1:]}"
    return f"{_spelled(trail)} cannot come from the environment", advice


def revealed(image: Table) -> list[tuple[Node, str, str]]:
    """The fields of an image that a variable with a harmless name filled with a credential."""
    advice = "Images are shown in plans; credentials of the registry do not belong there."
    return [
        (field.node, f"what {field.node.origin} holds looks like a secret", advice)
        for field in image.fields.values()
        if isinstance(field.node, Scalar) and field.node.origin and looks_secret(str(field.node.value))
    ]


def _spelled(trail: Trail) -> str:
    """The trail as messages have it: `spec.models[0].name`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in trail).lstrip(".")
