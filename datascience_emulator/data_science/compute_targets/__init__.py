"""Compute targets, which SINGLE_MODEL_FLEX deployments run on. No machine runs here."""
