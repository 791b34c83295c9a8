"""Faults on demand, and the operations that the service does not have."""
