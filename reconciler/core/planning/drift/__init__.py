"""Which deployments are not as they were applied last, and who has moved them. Pure; it plans nothing."""
