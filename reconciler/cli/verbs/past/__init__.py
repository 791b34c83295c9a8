"""Verbs about what was: what has moved since the last apply, what was applied when, and the way back."""
