"""The container engine, through the Docker Engine API: Docker, podman, and what else speaks it."""
