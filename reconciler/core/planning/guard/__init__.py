"""The guard of the version structure: what clients of a model lose by an update. Pure."""
