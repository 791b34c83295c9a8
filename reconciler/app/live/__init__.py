"""What is live, as the use cases read it."""
