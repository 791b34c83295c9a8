"""Model version sets."""
