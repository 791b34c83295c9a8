"""The nouns: configuration, spec, desired, live, artifact, probe, target, finding, error."""
