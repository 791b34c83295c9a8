"""Verbs that take a deployment over, and give it back."""
