"""One module per resource: a verified call in, an answer out. No HTTP, no waiting, no servers."""
