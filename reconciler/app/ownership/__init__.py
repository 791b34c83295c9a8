"""Deployments that are taken over, and released."""
