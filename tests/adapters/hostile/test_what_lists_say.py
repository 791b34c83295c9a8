"""Lists that are none, or cannot be believed: nothing is planned from them, and nothing is sent."""
