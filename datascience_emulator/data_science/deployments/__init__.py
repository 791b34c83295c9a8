"""Model deployments: requests, rules, updates and the predict endpoint."""
