"""Manifests → specs, or all problems with their places; it must not know the cloud."""
