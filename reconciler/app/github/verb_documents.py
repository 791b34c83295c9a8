"""Documents that other verbs have printed with --format json, read from files."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from reconciler.core.model.errors import Failed
from reconciler.core.strict_json import AmbiguousJson, strict_json

LARGEST = 256 * 1000 * 1000
"""Bytes of a document: a plan of ten thousand deployments that all change."""

ERROR = "reconciler.oci/error.v1"
"""What any verb prints where it has no other result."""

Document = dict[str, Any]


def document_of(path: Path, versions: Collection[str], verb: str) -> Document:
    """The document in a file, of one of these versions. Raises Failed for anything else."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        document = strict_json(content.decode()) if len(content) <= LARGEST else None
    except OSError as error:
        raise _wrong(path, verb, error.strerror or str(error)) from error
    except AmbiguousJson as error:
        raise _wrong(path, verb, f"it has {error}") from error
    except (ValueError, RecursionError) as error:
        raise _wrong(path, verb, "it is empty" if not content.strip() else "it holds no JSON") from error
    version = document.get("apiVersion") if isinstance(document, dict) else None
    if not isinstance(document, dict) or version not in versions:
        raise _wrong(path, verb, "it is no such document")
    return document


def _wrong(path: Path, verb: str, why: str) -> Failed:
    return Failed(f"{path}: not what `reconcile {verb} --format json` prints ({why})")
