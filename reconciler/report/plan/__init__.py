"""A plan as text, Markdown and JSON. Nothing is computed here."""
