"""Deployments that a rollback holds at an earlier revision: whether a hold lasts, and how it ends."""
