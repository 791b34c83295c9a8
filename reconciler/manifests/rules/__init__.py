"""Rules that tie values together, beyond the form of each. They give findings."""
