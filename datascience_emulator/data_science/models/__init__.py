"""Models of the catalog: their entries, provenance and metadata."""
