"""The command that starts Triton in the container: its words, its options, and what is wrong with them."""
