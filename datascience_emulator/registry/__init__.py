"""The container registry: images with names, tags and digests, but without layers."""
