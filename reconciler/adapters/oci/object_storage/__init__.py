"""Content that is too large for one upload: into a bucket in parts, and from there into the catalog."""
