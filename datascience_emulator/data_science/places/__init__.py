"""Compute targets and private endpoints: where deployments run, how they are reached."""
