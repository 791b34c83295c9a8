"""JSON merge patch (RFC 7386) on trees: the result knows the place of every value in it, in the patch or in
what it was applied to.
"""

from reconciler.manifests.yaml.tree import Node, Scalar, Table


def merged(base: Node | None, patch: Node) -> Node:
    """`base` after the patch. A mapping in the patch is merged, null removes, and everything else replaces,
    lists as a whole. `base` is None where there is nothing.
    """
    if not isinstance(patch, Table):
        return patch
    whole = base if isinstance(base, Table) else patch._replace(fields={})
    fields = dict(whole.fields)
    for key, entry in patch.fields.items():
        before = fields.get(key)
        if removes(entry.node):
            fields.pop(key, None)
        elif before is not None and isinstance(before.node, Table) and isinstance(entry.node, Table):
            fields[key] = before._replace(node=merged(before.node, entry.node))
        else:
            fields[key] = entry._replace(node=merged(None, entry.node))
    return whole._replace(fields=fields)


def removes(node: Node) -> bool:
    """Whether this value of a patch removes what is at its place."""
    return isinstance(node, Scalar) and node.value is None
