"""Faults on demand: what can be ordered, how an order is written down, and what it does to a call."""
