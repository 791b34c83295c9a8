"""The engine, the registry and the emulator of tests/emulator/containers."""

from tests.emulator.containers.conftest import cloud, marked, no_sockets_left, started_cloud, yard

__all__ = ["cloud", "marked", "no_sockets_left", "started_cloud", "yard"]
