"""The version of the emulator, as its API description, `GET /emulator/health` and emulator.json show it."""

__version__ = "0.1.0"
