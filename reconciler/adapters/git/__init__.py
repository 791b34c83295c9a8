"""The git repository around the manifests, read only."""
