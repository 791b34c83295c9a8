"""Resource Search for the resources of the emulator."""
