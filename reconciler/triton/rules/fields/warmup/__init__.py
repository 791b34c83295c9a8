"""Rules on warm-up requests."""
