"""Monitoring: the metrics of predict requests, and the language of their queries."""
