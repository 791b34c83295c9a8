"""rollback: back to an earlier revision of the repository, in the work tree, or at once with a hold."""
