"""What the facts of a checkup mean: which of them are fine, wrong or not seen, and what to do."""
