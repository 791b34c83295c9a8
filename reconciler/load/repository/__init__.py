"""Triton model repositories: from what a manifest declares, or a folder, to an artifact with its digest and
its versions.

Reads files of this machine only; packing, fetching and uploading are the adapters' business.
"""

from reconciler.load.repository.declared import (
    DeclaredModel,
    DeclaredVersion,
    Layout,
    LayoutFile,
    LocalPath,
    RemoteFile,
)
from reconciler.load.repository.folder import layout_of_folder
from reconciler.load.repository.hashing import build_artifacts
from reconciler.load.repository.models import layout_of_models
from reconciler.load.repository.served import structure_of_group, structure_served

__all__ = [
    "DeclaredModel",
    "DeclaredVersion",
    "Layout",
    "LayoutFile",
    "LocalPath",
    "RemoteFile",
    "build_artifacts",
    "layout_of_folder",
    "layout_of_models",
    "structure_of_group",
    "structure_served",
]
