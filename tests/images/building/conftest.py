"""The engine, the registry and the workspaces of tests/app/images."""

from tests.app.images.conftest import engine, images

__all__ = ["engine", "images"]
