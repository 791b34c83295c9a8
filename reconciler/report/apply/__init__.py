"""What happens during an apply: as lines, as JSON, and live. Nothing is computed here."""
