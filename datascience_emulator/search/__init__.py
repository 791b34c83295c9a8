"""Resource Search over the emulator's own resources."""
