"""HTTP within bounds of size, time and address."""
