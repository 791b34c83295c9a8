"""Data Science private endpoints. Nothing is reached through them here."""
