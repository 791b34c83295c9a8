"""What a Triton server refuses to load, or skips without a word, as one table of small rules."""
