"""The emulator as a process: run in the foreground, or started, found and stopped in the background."""
