"""Manifests → specs, or all findings with their places; it must not know the cloud."""
