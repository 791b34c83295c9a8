"""The thin edges: OCI, git, HTTP, archives, the local cloud's process, the clock. They decide nothing."""
