"""The files and folders that a manifest names: found from its own folder, inside the repository."""

from dataclasses import dataclass, field
from pathlib import Path

from reconciler.manifests.schema.document_reading import DocumentReading
from reconciler.manifests.schema.messages import shown
from reconciler.manifests.yaml.tree import Node, Scalar
from reconciler.triton.files.confined_paths import BadPath, ConfinedPaths, PathKind


@dataclass(frozen=True, slots=True)
class NamedFiles:
    """Finds what the manifest of `reading` names; `folder` is the folder of the manifest. What was `found` is
    noted.
    """

    reading: DocumentReading
    folder: str
    paths: ConfinedPaths
    found: set[str] = field(default_factory=set)

    def find(self, node: Node, kind: PathKind) -> Path | None:
        """The path that a value names. None when it cannot be used: the finding is noted then."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str) or not node.value:
            return None  # The reader has noted what is wrong with it.
        try:
            path = self.paths.find(self.folder, node.value, kind, shown(node))
        except BadPath as bad:
            self.reading.refuse(node, bad.what, bad.advice)
            return None
        self.found.add(str(path))
        return path
