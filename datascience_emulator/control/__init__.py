"""The control API at /emulator: the emulator's own operations, which the service does not have."""
