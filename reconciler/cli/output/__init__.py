"""What the command prints, and how it stays safe: progress, JSON documents, and the standard streams."""
