"""The Data Science service, a folder per resource: a verified call in, an answer out."""
