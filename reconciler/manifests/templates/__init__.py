"""Templates in manifests: one look-up, filters after it, and nothing that computes."""
