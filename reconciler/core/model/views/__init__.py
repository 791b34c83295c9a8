"""What the read-only verbs show, as values. They decide nothing, and nothing is planned from them."""
