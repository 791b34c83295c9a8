"""The command that starts Triton in the container: its words, its options, and what they mean for the models."""
