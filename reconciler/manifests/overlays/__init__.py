"""Overlays: what `targets:` of a manifest changes for one target, on the tree, before it is read."""
