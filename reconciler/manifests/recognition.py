"""Recognises manifests among other YAML: documents that say that they are one, and documents that nearly do.

A manifest with a typing error in its `kind` or `apiVersion` must be read and refused. If it were skipped, its
deployment would be deleted. What is wrong with these fields is found by `schema.reader`.
"""

import re
from difflib import SequenceMatcher
from functools import lru_cache

from reconciler.manifests.declarations.model_deployment import API_VERSION, MANIFEST_KIND
from reconciler.manifests.yaml.text_files import hides_words
from reconciler.manifests.yaml.tree import Listing, Node, Scalar, Table, find

_GROUP = API_VERSION.partition("/")[0]
_NEAR = 0.82
"""Share of letters in common. `Deployment`, a kind of Kubernetes, has 0.80 in common with ours."""

_LONGEST = 60
_HEAD = re.compile(r"\b(?:kind|api_?version)[\"']?[ \t]*:[ \t]*[\"']?([\w./-]{1,60})", re.I)


def may_hold_manifest(data: bytes) -> bool:
    """Whether a file must be parsed. Models may have YAML files of any size and dialect; those must not."""
    if _GROUP.encode() in data or MANIFEST_KIND.encode() in data or hides_words(data):
        return True
    heads = set(_HEAD.findall(data.decode("utf-8", "replace")))
    return any(_near_a_value(head) for head in heads)


def is_manifest(root: Node) -> bool:
    """Whether a document is a manifest, or one with a typing error in its `kind` or `apiVersion`."""
    if not isinstance(root, Table):
        return False
    version, kind = find(root, "apiVersion"), find(root, "kind")
    if isinstance(version, Scalar) and str(version.value).startswith(f"{_GROUP}/"):
        return True
    return (isinstance(kind, Scalar) and kind.value == MANIFEST_KIND) or _is_nearly_manifest(root)


def first_manifest_in_list(root: Node) -> Node | None:
    """The first manifest of a document that is a list, or has `items`; manifests in lists are not read."""
    items = root if isinstance(root, Listing) else find(root, "items")
    if not isinstance(items, Listing):
        return None
    return next((item for item in items.items if is_manifest(item)), None)


def _is_nearly_manifest(root: Table) -> bool:
    has_parts = {"metadata", "spec"} <= root.fields.keys()
    return any(
        isinstance(field.node, Scalar)
        and (has_parts or _near(key, "kind") or _near(key, "apiVersion"))
        and _near_a_value(str(field.node.value))
        for key, field in root.fields.items()
    )


@lru_cache(maxsize=1024)
def _near_a_value(text: str) -> bool:
    return _near(text, MANIFEST_KIND) or _near(text, API_VERSION) or _near(text.partition("/")[0], _GROUP)


def _near(text: str, word: str) -> bool:
    letters, others = _letters(text), _letters(word)
    if len(text) > _LONGEST or not letters:
        return False
    return sorted(letters) == sorted(others) or SequenceMatcher(None, letters, others).ratio() >= _NEAR


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
