"""Limits: what the tenancy may have of Data Science, and what is left of it."""
