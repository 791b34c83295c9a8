"""The decisions: from what is desired and what is live to a plan. Pure."""
