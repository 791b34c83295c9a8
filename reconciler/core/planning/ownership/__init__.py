"""Whose a deployment is, and which deployment a manifest is about. Pure."""
