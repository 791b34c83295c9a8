"""The nouns: configuration, spec, desired, live, artifact, probe, target, status, finding, error. Pure values."""
