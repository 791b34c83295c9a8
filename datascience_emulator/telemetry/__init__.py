"""What was observed of deployments: their logs, and the metrics of their predict requests."""
