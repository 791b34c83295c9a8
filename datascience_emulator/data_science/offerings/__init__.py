"""What clients choose from: compute shapes, and the containers that the service offers."""
