"""What a server makes of a model repository, as values: the versions that it serves, and their contracts."""
