"""Rules on models that take sequences."""
