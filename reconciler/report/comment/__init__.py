"""What is posted on a pull request, as Markdown that always fits. Nothing is computed or posted here."""
