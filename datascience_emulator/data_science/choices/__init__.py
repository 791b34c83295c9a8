"""What a client may choose from: compute shapes and the service's own containers."""
