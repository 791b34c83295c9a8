"""YAML text as a tree of values that know where they stand."""
