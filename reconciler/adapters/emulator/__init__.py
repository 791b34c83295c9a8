"""The local cloud's process: found, started and stopped, never imported."""
