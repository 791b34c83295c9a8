"""What was reviewed, and whether it is what would be done now. Pure."""
