"""What is about several targets of a repository, or about how a manifest differs between them."""
