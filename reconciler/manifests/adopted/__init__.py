"""The manifest of a deployment that exists already: from what is live to YAML."""
