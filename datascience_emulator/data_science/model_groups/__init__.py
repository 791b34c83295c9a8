"""Model groups and their histories."""
