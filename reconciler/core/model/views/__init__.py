"""What verbs show besides plans, as values. They decide nothing, and nothing is planned from them."""
