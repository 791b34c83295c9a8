"""The nouns: configuration, spec, live, artifact, probe, target, status, error. Pure values."""
