"""Model deployments: their requests, rules and updates, and the predict endpoint."""
