"""Logging Search: what deployments and their servers wrote."""
