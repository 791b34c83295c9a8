"""Saved plans: saved and loaded, moved between checkouts, and checked again before they are applied."""
