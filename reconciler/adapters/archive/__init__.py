"""Artifacts as zip files: packed as a stream, read by ranges."""
