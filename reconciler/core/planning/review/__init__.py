"""What was reviewed of a plan, and what is not: decisions about pull requests, from values alone."""
