"""What the emulator remembers: records, contents, and the way from one schema to the next."""
