"""image: what is done with container images. A module for each verb of the group."""

from reconciler.cli.verbs.image.group import image

__all__ = ["image"]
