"""What differs between live and desired: fields, their option groups, words for it. Pure."""
