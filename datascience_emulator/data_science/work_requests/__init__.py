"""Work requests: the kinds of asynchronous work, how it is recorded, and what clients see of it."""
