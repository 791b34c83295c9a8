"""What a user may write, field by field: one description for reader and JSON Schema."""
