"""The command that starts Triton in the container: its words, its options, and what they do to the models."""
