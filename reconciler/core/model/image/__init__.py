"""Images of deployments: what their tags stand for."""
