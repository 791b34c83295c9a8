"""The version of the emulator, which its API description, `health` and its note tell."""

__version__ = "0.1.0"
