"""Images as a plan sees them: the digest behind a tag, and whether an image fits. Pure."""
