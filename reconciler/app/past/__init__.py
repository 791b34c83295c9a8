"""What was applied, and what has happened since: drift and history. Nothing is changed."""
