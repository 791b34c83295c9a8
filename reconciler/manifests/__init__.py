"""Manifests → specs, or all findings with their places."""
