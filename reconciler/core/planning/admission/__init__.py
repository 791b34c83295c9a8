"""Whether a saved plan may be applied. Pure."""
