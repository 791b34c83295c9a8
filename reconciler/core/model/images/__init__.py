"""Images of deployments as values: what they are, how their pins compare, and what became of making them."""
