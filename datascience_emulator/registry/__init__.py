"""The container registry: images by name, tag and digest. No layers."""
