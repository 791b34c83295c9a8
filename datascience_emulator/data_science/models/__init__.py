"""Models of the catalog: entries, artifacts, metadata, signatures, transfers."""
