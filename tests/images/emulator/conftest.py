"""The engine, the registry and the emulator of tests/emulator/containers."""

from tests.emulator.containers.conftest import cloud, marked, started_cloud, yard

__all__ = ["cloud", "marked", "started_cloud", "yard"]
