"""Digests of images, written into the text of manifests beside their tags."""
