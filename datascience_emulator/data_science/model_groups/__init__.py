"""Model groups: sets of catalog models that one deployment serves."""
