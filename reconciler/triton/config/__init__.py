"""A model's configuration: its text, the protobuf that it is, and what the reconciler needs of it."""
