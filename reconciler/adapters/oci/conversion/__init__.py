"""Between the SDK's classes and those of core.model, in both directions. Pure."""
