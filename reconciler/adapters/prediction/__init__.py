"""Signed requests to the endpoints of deployments."""
