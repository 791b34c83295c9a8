"""Whatever leaves the program: without secrets. The rules are in `core.privacy`."""
