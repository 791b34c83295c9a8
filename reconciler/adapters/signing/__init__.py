"""Signing in to OCI, and what keeps it from working."""
