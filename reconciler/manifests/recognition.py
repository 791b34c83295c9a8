"""Which documents are meant for us: those that say so, and those that nearly do.

A manifest with a slip in its head must be read, and refused; passed over in silence, the deployment that it
describes would be deleted. What is wrong with the head is the reader's to say.
"""

import re
from difflib import SequenceMatcher
from functools import lru_cache

from reconciler.manifests.declarations.model_deployment import API_VERSION, KIND
from reconciler.manifests.yaml.text_files import hides_words
from reconciler.manifests.yaml.tree import Listing, Node, Scalar, Table, find

_GROUP = API_VERSION.partition("/")[0]
_NEAR = 0.82
"""Share of letters in common. `Deployment`, which belongs to Kubernetes, has 0.80 of ours."""

_LONGEST = 60
_HEAD = re.compile(r"\b(?:kind|api_?version)[\"']?[ \t]*:[ \t]*[\"']?([\w./-]{1,60})", re.I)


def may_hold_manifest(data: bytes) -> bool:
    """Is this file worth parsing? Models may bring YAML of any size and dialect; those are not."""
    if _GROUP.encode() in data or KIND.encode() in data or hides_words(data):
        return True
    heads = set(_HEAD.findall(data.decode("utf-8", "replace")))
    return any(_near_a_value(head) for head in heads)


def is_manifest(root: Node) -> bool:
    """Is this document a manifest, or one with a slip in its `kind` or `apiVersion`?"""
    if not isinstance(root, Table):
        return False
    version, kind = find(root, "apiVersion"), find(root, "kind")
    if isinstance(version, Scalar) and str(version.value).startswith(f"{_GROUP}/"):
        return True
    return (isinstance(kind, Scalar) and kind.value == KIND) or _nearly_ours(root)


def first_manifest_in_list(root: Node) -> Node | None:
    """The first manifest in a list, where none is read: a document that is a list, or has `items`."""
    items = root if isinstance(root, Listing) else find(root, "items")
    if not isinstance(items, Listing):
        return None
    return next((item for item in items.items if is_manifest(item)), None)


def _nearly_ours(root: Table) -> bool:
    whole = {"metadata", "spec"} <= root.fields.keys()
    return any(
        isinstance(field.node, Scalar)
        and (whole or _near(key, "kind") or _near(key, "apiVersion"))
        and _near_a_value(str(field.node.value))
        for key, field in root.fields.items()
    )


@lru_cache(maxsize=1024)
def _near_a_value(text: str) -> bool:
    return _near(text, KIND) or _near(text, API_VERSION) or _near(text.partition("/")[0], _GROUP)


def _near(text: str, word: str) -> bool:
    mine, other = _letters(text), _letters(word)
    if len(text) > _LONGEST or not mine:
        return False
    return sorted(mine) == sorted(other) or SequenceMatcher(None, mine, other).ratio() >= _NEAR


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
