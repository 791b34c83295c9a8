"""What is asked of a live endpoint, and what its answers prove."""
