"""Triton model repositories: from what a manifest declares, or a folder, to an artifact with its digest and
its versions.

Reads files of this machine only; packing, fetching and uploading are the adapters' business.
"""
