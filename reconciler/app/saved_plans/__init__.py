"""Saved plans: written and read whole, moved between checkouts, judged before they are applied."""
