"""Triton model repositories: from declared models, or a folder, to an artifact with its digest and its
versions; and what a server serves from an artifact that exists.

Files are read through a port (`files.port`). Adapters pack, fetch and upload.
"""
