"""What is to be made, and what became of it."""
