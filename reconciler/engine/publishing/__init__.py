"""The ways by which content comes into the catalog, beyond one upload."""
