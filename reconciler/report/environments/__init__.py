"""The targets of a repository, as text and as JSON."""
